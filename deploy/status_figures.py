"""What a process's status says of itself, as metrics."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.instruments import Labels, gauge, gauges

_FRESH_S = 0.5

Status = Callable[[], Mapping[str, Any]]


def tell(status: Status) -> None:
    """Tells `lag` by topic, topics `held`, `freshness` and `dirty`, as far as `status` knows them."""
    read = _Once(status)

    def lag() -> Iterable[tuple[Labels, float | None]]:
        return [({"topic": topic}, behind) for topic, behind in (read().get("lag") or {}).items()]

    def held() -> Iterable[tuple[Labels, float | None]]:
        return [({"topic": topic}, 1) for topic in read().get("held") or {}]

    gauges("pipegauge.lag", lag)
    gauges("pipegauge.held", held)
    gauge("pipegauge.freshness", lambda: read().get("freshness"))
    gauge("pipegauge.dirty", lambda: read().get("dirty"))


class _Once:
    """One reading for all metrics of one collection: to ask for the lag takes seconds while Kafka is away."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._lock = threading.Lock()
        self._read: Mapping[str, Any] = {}
        self._until = 0.0

    def __call__(self) -> Mapping[str, Any]:
        with self._lock:
            if time.monotonic() > self._until:
                self._read = self._status()
                self._until = time.monotonic() + _FRESH_S
            return self._read
