"""How far a consumer group is behind, as Kafka itself tells it."""

import threading
from collections.abc import Iterable
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition


class Position(NamedTuple):
    """How far a partition was consumed: offsets before `done` are committed, the next record gets `end`."""

    done: int
    end: int


class Lag:
    """End offsets less committed offsets of a group. Joins nothing, commits nothing. One question at a time."""

    def __init__(self, group: str, topics: Iterable[str], partitions: int, **kafka: Any) -> None:
        self._consumer = KafkaConsumer(group_id=group, enable_auto_commit=False, **kafka)
        self._assigned = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
        self._lock = threading.Lock()

    def positions(self) -> dict[tuple[str, int], Position]:
        """Where the group stands in each topic and partition. Raises KafkaError while Kafka cannot be asked."""
        with self._lock:
            ends = self._consumer.end_offsets(self._assigned)
            starts = self._consumer.beginning_offsets(self._assigned)
            found: dict[tuple[str, int], Position] = {}
            for assigned in self._assigned:
                committed = self._consumer.committed(assigned)
                done = starts[assigned] if committed is None else max(committed, starts[assigned])
                found[assigned.topic, assigned.partition] = Position(done, ends[assigned])
            return found

    def by_topic(self) -> dict[str, int]:
        """Records not yet committed, by topic. Raises KafkaError while Kafka cannot be asked."""
        behind: dict[str, int] = {}
        for (topic, _), position in self.positions().items():
            behind[topic] = behind.get(topic, 0) + position.end - position.done
        return behind

    def close(self) -> None:
        """Ask no more."""
        self._consumer.close()
