"""A record on its way to a topic, and its bytes in the spool."""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import NamedTuple

_LENGTH = Struct(">I")


class KafkaRecord(NamedTuple):
    """What Kafka is asked to keep: topic, key, value and headers."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]

    def size(self) -> int:
        """Bytes of key, value and headers, near enough to what Kafka counts."""
        return len(self.key) + len(self.value) + sum(len(name) + len(value) + 8 for name, value in self.headers)


def pack(records: Sequence[KafkaRecord]) -> bytes:
    """All records of one delivery as bytes: each field with its length before it."""
    fields: list[bytes] = []
    for record in records:
        fields += (record.topic.encode(), record.key, record.value, b"%d" % len(record.headers))
        for name, value in record.headers:
            fields += (name.encode(), value)
    return b"".join(part for field in fields for part in (_LENGTH.pack(len(field)), field))


def unpack(blob: bytes) -> list[KafkaRecord]:
    """The records that `pack` wrote. Raises ValueError or struct.error for anything else."""
    fields = _fields(blob)
    records = []
    for topic in fields:
        key, value, count = next(fields), next(fields), int(next(fields))
        headers = [(next(fields).decode(), next(fields)) for _ in range(count)]
        records.append(KafkaRecord(topic.decode(), key, value, headers))
    return records


def _fields(blob: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(blob):
        (length,) = _LENGTH.unpack_from(blob, at)
        at += _LENGTH.size
        yield blob[at : at + length]
        at += length
