"""Ends a worker that holds partitions with records in them and does not get on.

After the loss of a broker Faust's consumer can stay away from a partition for ever (faust-streaming issues 175, 523 and
532), alive in all other respects. A new process starts where the offsets were committed.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from kafka.errors import KafkaError

from stream_processors.lag import Lag, Position

log = structlog.get_logger()
EXIT_STALLED = 73
_ASK_S = 3.0
BACKLOG = 300
"""Records behind: more than what is on its way while everything flows."""

Partition = tuple[str, int]


class Stall:
    """Which partitions have stood still, and since when. Pure: the time is an argument."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._since: dict[Partition, tuple[int, float]] = {}

    def look(self, positions: Mapping[Partition, Position], held: set[Partition], now: float) -> list[Partition]:
        """The partitions that were held, behind and without progress for longer than the limit.

        None of them while a backlog of another is worked off: Faust hands that out before it fetches what it led to.
        """
        behind = {one: at for one, at in positions.items() if one in held and at.end > at.done}
        works_off = any(
            at.end - at.done >= BACKLOG and one in self._since and at.done > self._since[one][0]
            for one, at in behind.items()
        )
        self._since = {
            one: known if not works_off and (known := self._since.get(one)) and known[0] == at.done else (at.done, now)
            for one, at in behind.items()
        }
        return sorted(one for one, (_, since) in self._since.items() if now - since > self._limit_s)


class StallWatch:
    """A thread that asks Kafka every three seconds; `held` tells this worker's partitions, none while it starts."""

    def __init__(self, limit_s: float, make_lag: Callable[[], Lag], held: Callable[[], set[Any]]) -> None:
        self._stall = Stall(limit_s)
        self._make_lag = make_lag
        self._held = held

    def start(self) -> None:
        threading.Thread(target=self._watch, name="stall-watch", daemon=True).start()

    def _watch(self) -> None:
        lag: Lag | None = None
        while True:
            time.sleep(_ASK_S)
            try:
                lag = lag or self._make_lag()
                positions = lag.positions()
            except KafkaError:  # Kafka is away: nobody can get on, and nobody is to blame
                positions = {}
            stalled = self._stall.look(positions, self._held(), time.monotonic())
            if stalled:
                log.error("partitions stand still; the worker ends and starts anew", partitions=stalled)
                os._exit(EXIT_STALLED)
