"""The topic `notifications`: what was told is written there before its alert is committed, and read back at start."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from pydantic import ValidationError

from schemas.codec import encode
from schemas.notifications import Notification, notification_key
from schemas.topics import NOTIFICATIONS

POLL_MS = 200
BLOCK_MS = 2_000
"""How long a write may wait for Kafka; meanwhile nothing else is read or handed out."""
RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Marks:
    """Reads and writes outcomes. One thread at a time."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        self._producer = KafkaProducer(**kafka, acks="all", linger_ms=5, max_block_ms=BLOCK_MS)
        self._consumer = KafkaConsumer(
            **kafka, group_id=None, enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=100
        )
        self._at: dict[Any, int] = {}

    def write(self, notification: Notification) -> Any:
        """Sends an outcome; the future of its acknowledgement. Raises KafkaError where it cannot even be queued."""
        key = notification_key(notification.alert, notification.destination)
        return self._producer.send(NOTIFICATIONS, encode(notification), key.encode())

    def read_on(self, is_stopped: Callable[[], bool]) -> Iterator[Notification]:
        """All outcomes written since it was last asked, up to now. Waits while Kafka is away."""
        ends = self._ends(is_stopped)
        while not is_stopped() and any(self._at[one] < end for one, end in ends.items()):
            for one, records in self._poll().items():
                for record in records:
                    self._at[one] = record.offset + 1
                    yield from _decoded(record)
            for one in ends:
                self._at[one] = max(self._at[one], self._consumer.position(one) or 0)

    def close(self, seconds: float) -> None:
        self._producer.close(timeout=seconds)
        self._consumer.close()

    def _ends(self, is_stopped: Callable[[], bool]) -> dict[Any, int]:
        while not is_stopped():
            try:
                known = self._consumer.partitions_for_topic(NOTIFICATIONS) or ()
                partitions = [TopicPartition(NOTIFICATIONS, number) for number in known]
                if partitions:
                    ends: dict[Any, int] = self._consumer.end_offsets(partitions)
                    starts = self._consumer.beginning_offsets(partitions)
                    if set(partitions) != self._consumer.assignment():
                        self._consumer.assign(partitions)
                    self._at = {one: max(self._at.get(one, 0), starts[one]) for one in partitions}
                    return ends
                log.warning("there is no topic `notifications`; run `pipegauge topics`")
            except KafkaError as error:  # the world's: nothing is told before it is known what was told
                log.warning("what was told cannot be read back yet; trying again", error=repr(error))
            time.sleep(RETRY_SECONDS)
        return {}

    def _poll(self) -> Mapping[Any, list[Any]]:
        try:
            polled: Mapping[Any, list[Any]] = self._consumer.poll(timeout_ms=POLL_MS)
        except KafkaError as error:  # the world's: the client connects again by itself
            log.warning("what was told cannot be read back yet; trying again", error=repr(error))
            time.sleep(RETRY_SECONDS)
            return {}
        return polled


def _decoded(record: Any) -> Iterator[Notification]:
    try:
        yield Notification.model_validate_json(record.value or b"")
    except ValidationError:  # of a later version, or nobody's: it says nothing about what we sent
        log.warning("an outcome cannot be read", partition=record.partition, offset=record.offset)
