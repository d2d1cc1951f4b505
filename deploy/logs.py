"""Logs: one line an event, JSON when nobody looks at them on a terminal; ours and the libraries' in the same form."""

import logging
import sys
import threading
from typing import Any

import structlog
from opentelemetry import trace

from deploy.redaction import redact

QUIET = {
    # They log every attempt to reach a broker or server that is away; what is lost by that is said once, by us.
    "kafka": logging.CRITICAL,
    "clickhouse_driver.connection": logging.CRITICAL,
    # They say with each try that a collector does not answer; deploy.exporting says so once.
    "opentelemetry": logging.CRITICAL,
    "urllib3": logging.CRITICAL,
    "deploy": logging.INFO,
}

log = structlog.get_logger()


def configure_logs(level: int = logging.INFO) -> None:
    """Let structlog write to stderr from `level` on, and the standard library's loggers from warnings on."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
    ]
    rendered = _rendered(sys.stderr.isatty())
    structlog.configure(
        processors=[*before, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    named = [structlog.stdlib.add_logger_name, *before]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=named,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A processor of structlog: the ids of the span that is current, if one is."""
    known = trace.get_current_span().get_span_context()
    if known.is_valid:
        event["trace_id"], event["span_id"] = f"{known.trace_id:032x}", f"{known.span_id:016x}"
    return event


def _rendered(terminal: bool) -> list[structlog.typing.Processor]:
    """From an event to its line. A traceback becomes text first, so that it is redacted too; it shows no locals."""
    renderer: Any = structlog.processors.JSONRenderer()
    if terminal:
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return [structlog.processors.format_exc_info, redact, renderer]


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value or arguments.exc_type()
    name = arguments.thread.name if arguments.thread else None
    log.error("a thread ended by an error", thread=name, exc_info=error)
