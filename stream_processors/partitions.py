"""Whether the topics have the partitions that they are configured to have: a key's place depends on their number."""

from collections.abc import Iterable, Mapping
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import UnknownTopicOrPartitionError

PATIENCE_MS = 5_000
"""How long Kafka has to answer: whoever asks says that it did not, looks whether to stop, and asks again."""


class OtherPartitions(RuntimeError):
    """Topics of another number of partitions than configured: one line saying what to do."""


def check_partitions(names: Iterable[str], partitions: int, kafka: Mapping[str, Any]) -> None:
    """Raises OtherPartitions; KafkaError while Kafka cannot be asked or has not all of the topics."""
    consumer = KafkaConsumer(**kafka, bootstrap_timeout_ms=PATIENCE_MS)
    try:
        found = {name: consumer.partitions_for_topic(name) for name in names}
    finally:
        consumer.close()
    missing = [name for name, numbers in found.items() if not numbers]
    if missing:
        raise UnknownTopicOrPartitionError(f"no topics {', '.join(missing)}; run `pipegauge topics`")
    others = [f"{name} has {len(numbers)}" for name, numbers in found.items() if numbers and len(numbers) != partitions]
    if others:
        raise OtherPartitions(
            f"connections.kafka.partitions is {partitions}, but {', '.join(others)}; `pipegauge doctor` says what to do"
        )
