"""What was published to a topic since a moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from schemas import topics

REPEATABLE = (topics.DELIVERIES, topics.EVENTS, topics.OBSERVATIONS)


class Tape:
    """Remembers where the topics end when it is made."""

    def __init__(self, kafka: str, names: tuple[str, ...] = REPEATABLE) -> None:
        self._kafka = kafka
        with _consumer(kafka) as consumer:
            self._partitions = [TopicPartition(n, p) for n in names for p in consumer.partitions_for_topic(n)]
            self._starts = consumer.end_offsets(self._partitions)

    def records(self) -> list[Any]:
        """The records since then."""
        found: list[Any] = []
        with _consumer(self._kafka) as consumer:
            ends = consumer.end_offsets(self._partitions)
            consumer.assign(self._partitions)
            for partition, start in self._starts.items():
                consumer.seek(partition, start)
            while any(consumer.position(partition) < end for partition, end in ends.items()):
                for records in consumer.poll(500).values():
                    found += records
        return found

    def repeats(self) -> int:
        """How many of them say again what an earlier one of them said."""
        said = [_identity(record) for record in self.records()]
        return len(said) - len(set(said))


def _identity(record: Any) -> tuple[object, ...]:
    if record.topic == topics.EVENTS:
        return record.topic, record.key, orjson.loads(record.value)["id"]
    if record.topic == topics.DELIVERIES:
        return record.topic, record.key
    return record.topic, record.value  # an observation is also amended: only the same words are a repetition


@contextmanager
def _consumer(kafka: str) -> Iterator[Any]:
    consumer: Any = KafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        max_partition_fetch_bytes=30 << 20,
        fetch_max_bytes=60 << 20,
    )
    try:
        yield consumer
    finally:
        consumer.close()
