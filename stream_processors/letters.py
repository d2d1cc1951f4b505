"""Dead letters of the store: a producer that is made for the first of them."""

from collections.abc import Mapping
from typing import Any

from kafka import KafkaProducer

from schemas.topics import DEAD_LETTERS, MAX_RECORD_BYTES

PUBLISH_SECONDS = 10


class Letters:
    """A producer of dead letters, made for the first of them."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        self._kafka = kafka
        self._producer: Any = None

    def publish(self, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Any:
        if self._producer is None:
            self._producer = KafkaProducer(**self._kafka, acks="all", max_request_size=MAX_RECORD_BYTES)
        return self._producer.send(DEAD_LETTERS, value, key, headers)

    def close(self) -> None:
        if self._producer is not None:
            self._producer.close(timeout=PUBLISH_SECONDS)
