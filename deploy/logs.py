"""Logs: one line an event, JSON when nobody looks at them on a terminal."""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Let structlog write to stderr from `level` on, and the standard library's loggers from warnings on."""
    terminal = sys.stderr.isatty()
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # Both log every attempt to reach a broker or server that is away; what is lost by that is said once, by us.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    logging.getLogger("clickhouse_driver.connection").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
