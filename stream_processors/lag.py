"""How far a consumer group is behind, as Kafka itself tells it."""

import threading
from collections.abc import Iterable
from typing import Any

from kafka import KafkaConsumer, TopicPartition


class Lag:
    """End offsets less committed offsets of a group. Joins nothing, commits nothing. One question at a time."""

    def __init__(self, group: str, topics: Iterable[str], partitions: int, **kafka: Any) -> None:
        self._consumer = KafkaConsumer(group_id=group, enable_auto_commit=False, **kafka)
        self._assigned = [TopicPartition(topic, number) for topic in topics for number in range(partitions)]
        self._lock = threading.Lock()

    def by_topic(self) -> dict[str, int]:
        """Records not yet committed, by topic. Raises KafkaError while Kafka cannot be asked."""
        with self._lock:
            ends = self._consumer.end_offsets(self._assigned)
            starts = self._consumer.beginning_offsets(self._assigned)
            behind: dict[str, int] = {}
            for assigned in self._assigned:
                committed = self._consumer.committed(assigned)
                done = starts[assigned] if committed is None else max(committed, starts[assigned])
                behind[assigned.topic] = behind.get(assigned.topic, 0) + ends[assigned] - done
            return behind
