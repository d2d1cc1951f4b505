"""Stores what is on the topics and not in ClickHouse yet: the stored events are the source of a rebuild."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from clickhouse_driver import Client
from kafka import KafkaConsumer, TopicPartition

from schemas import topics
from stream_processors.lag import Lag
from stream_processors.letters import Letters
from stream_processors.rows import STORED_TOPICS
from stream_processors.store import GROUP, Store, consumer_arguments

STALLED_S = 60.0
_LOOK_EVERY_S = 0.5


class NotStored(RuntimeError):
    """ClickHouse takes no rows: one line saying what to do."""


def drain(kafka: Mapping[str, Any], clickhouse: Mapping[str, Any], partitions: int) -> dict[TopicPartition, int]:
    """Store everything up to now; where the store's group stands on `events` afterwards. Raises NotStored.

    Every event before these offsets is in ClickHouse.
    """
    lag = Lag(GROUP, STORED_TOPICS, partitions, **kafka)
    if sum(lag.by_topic().values()):
        letters = Letters(kafka)
        store = Store(KafkaConsumer(**consumer_arguments(kafka)), lambda: Client(**clickhouse), letters.publish)
        goal = {at: position.end for at, position in lag.positions().items()}
        progress = _Progress(lag, goal)
        store.run(progress.has_ended)
        letters.close()
        if not progress.is_reached:
            fault = store.status()["fault"] or "no progress"
            raise NotStored(f"what is on the topics cannot be stored ({fault}); repair that, see `pipegauge doctor`")
    return {
        TopicPartition(topic, number): position.done
        for (topic, number), position in lag.positions().items()
        if topic == topics.EVENTS
    }


class _Progress:
    """Whether the group has reached its goal, asked twice a second; or has stood still for too long."""

    def __init__(
        self, lag: Lag, goal: Mapping[tuple[str, int], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.is_reached = False
        self._lag = lag
        self._goal = goal
        self._clock = clock
        self._left: int | None = None
        self._moved = self._looked = clock()

    def has_ended(self) -> bool:
        now = self._clock()
        if self.is_reached or now - self._looked < _LOOK_EVERY_S:
            return self.is_reached or now - self._moved > STALLED_S
        self._looked = now
        positions = self._lag.positions()
        left = sum(max(0, goal - positions[at].done) for at, goal in self._goal.items())
        if left != self._left:
            self._left, self._moved = left, now
        self.is_reached = left == 0
        return self.is_reached or now - self._moved > STALLED_S
