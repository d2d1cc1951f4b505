"""A group's lag for /status: asked of Kafka at most once a second, and answered at once while Kafka is away."""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from kafka.errors import KafkaError

from stream_processors.lag import Lag

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 2.0

log = structlog.get_logger()


class LagReading:
    """The lag by topic. Asks from a thread of its own, which lives as long as one question."""

    def __init__(self, group: str, topics: Iterable[str], partitions: int, kafka: Mapping[str, Any]) -> None:
        self._arguments = (group, tuple(topics), partitions)
        self._kafka = kafka
        self._lag: Lag | None = None
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._known: dict[str, int] | None = None
        self._at = -FRESH_SECONDS

    def by_topic(self) -> dict[str, int] | None:
        """Records not yet committed, by topic, as of a second ago at most; older, or None, only while Kafka is away."""
        with self._lock:
            if time.monotonic() - self._at < FRESH_SECONDS:
                return self._known
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=self._ask, name="lag", daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(PATIENCE_SECONDS)
        return self._known

    def _ask(self) -> None:
        asked = time.monotonic()
        try:
            self._lag = self._lag or Lag(*self._arguments, **self._kafka)
            self._known, self._at = self._lag.by_topic(), asked
        except KafkaError as error:  # the world's: what was known last is answered, and the next question asks again
            log.warning("the lag is not known", error=repr(error))
