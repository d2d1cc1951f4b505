"""`pipegauge notify`: reads alerts and tells people, until it is stopped."""

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from schemas.config import Config
from schemas.connections import kafka_arguments
from schemas.topics import ALERTS
from stream_processors.lag_reading import LagReading
from stream_processors.notifier import guard
from stream_processors.notifier.destinations import destinations
from stream_processors.notifier.lanes import RETRY_SECONDS
from stream_processors.notifier.marks import Marks
from stream_processors.notifier.member import MOST_WAITING, Notifier

GROUP = "pipegauge-notifier"
SESSION_TIMEOUT_MS = 10_000
AGAIN_SECONDS = 5.0
CLOSE_SECONDS = 2.0

log = structlog.get_logger()
ServeStatus = Callable[[str, Callable[[], Mapping[str, Any]], Callable[[], bool]], AbstractContextManager[Any]]


def run(
    config: Config,
    resolve: Callable[[str], str],
    serve_status: ServeStatus,
    retries: Sequence[float] = RETRY_SECONDS,
    most_waiting: int = MOST_WAITING,
) -> None:
    """Tells until SIGTERM or SIGINT. Raises DestinationRefused, and what `resolve` raises, before anything is read."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    guard.install()
    routes = destinations(config.notify, resolve)
    connection = config.connections.kafka
    kafka = kafka_arguments(connection, resolve(connection.sasl.password) if connection.sasl else None)
    lag = LagReading(GROUP, [ALERTS], connection.partitions, kafka)
    clients = _clients(kafka, stop)
    if clients is None:
        return
    consumer, marks = clients
    notifier = Notifier(consumer, marks, config.notify, routes, retries, most_waiting)
    with serve_status(config.listen.notifier, lambda: {"lag": lag.by_topic(), **notifier.status()}, notifier.is_ready):
        notifier.run(stop.is_set)
    marks.close(CLOSE_SECONDS)


def consumer_arguments(kafka: Mapping[str, Any]) -> dict[str, Any]:
    """How alerts are read: from the first one on, committed by us alone."""
    return {
        **kafka,
        "group_id": GROUP,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "fetch_max_wait_ms": 100,
        "session_timeout_ms": SESSION_TIMEOUT_MS,
        "heartbeat_interval_ms": SESSION_TIMEOUT_MS // 4,
    }


def _clients(kafka: Mapping[str, Any], stop: threading.Event) -> tuple[Any, Marks] | None:
    """Consumer and marks once Kafka is there; None if stopped before."""
    while not stop.is_set():
        try:
            return KafkaConsumer(**consumer_arguments(kafka)), Marks(kafka)
        except KafkaError as error:  # the world's: Kafka may come up after the notifier
            log.warning("Kafka is not there yet; trying again", error=repr(error))
            stop.wait(AGAIN_SECONDS)
    return None
