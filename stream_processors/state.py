"""What the pure core asks of a table: one partition's keys and values as bytes, in the order of the keys."""

from collections.abc import Iterator
from typing import Protocol


class State(Protocol):
    """One partition of a durable table."""

    def get(self, key: bytes) -> bytes | None: ...

    def put(self, key: bytes, value: bytes) -> None: ...

    def delete(self, key: bytes) -> None: ...

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values from `start` on, in ascending order, at most `limit`."""
        ...


SEPARATOR = "\x00"  # no Name may hold it (schemas.model), so keys cannot run into one another


def key_of(kind: str, *parts: str) -> bytes:
    """The key of a record: its kind, then what names it."""
    return SEPARATOR.join((kind, *parts)).encode()
