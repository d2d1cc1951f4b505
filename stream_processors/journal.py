"""Faust tables as the pure core sees them: one partition's bytes, every write in the changelog.

A write goes to the local store at once and to the changelog through the outbox, in order, to the partition whose event
caused it. Faust still assigns the partitions and recovers the local store from the changelog.
"""

from collections.abc import Callable, Iterator
from typing import Any

import faust

from schemas.topics import changelog
from stream_processors.outbox import Outbox, Outgoing

SIGN_EVERY = 5_000
"""Keys of a scan between two signs of progress."""


class StateError(Exception):
    """The local store failed: the world's error, after which the process starts anew from the changelog."""


class Journal:
    """One Faust table with its changelog; `progress` is called in the midst of long scans."""

    def __init__(self, app: faust.App, name: str, partitions: int, outbox: Outbox) -> None:
        self.topic = changelog(name)
        self.table = app.Table(
            name,
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            changelog_topic=app.topic(self.topic, partitions=partitions, compacting=True, key_type=bytes),
        )
        self.outbox = outbox
        self.progress: Callable[[], None] = lambda: None

    @property
    def _data(self) -> Any:
        return self.table.data

    def partition(self, number: int) -> "JournalPartition":
        return JournalPartition(self, number)

    def store(self, number: int) -> Any:
        """The local database of a partition. Raises StateError."""
        try:
            return self._data._db_for_partition(number)
        except Exception as error:  # rocksdict raises bare Exceptions (locked, disk full, corrupt)
            raise StateError(f"the store of {self.topic}-{number} cannot be opened: {error}") from error


class JournalPartition:
    """stream_processors.state.State over one partition of a journal."""

    def __init__(self, journal: Journal, number: int) -> None:
        self._journal = journal
        self._number = number

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._journal.store(self._number).get(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        self._journal.store(self._number).put(key, value)
        self._journal.outbox.put(Outgoing(self._journal.topic, key, value, (), self._number))

    def delete(self, key: bytes) -> None:
        self._journal.store(self._number).delete(key)
        self._journal.outbox.put(Outgoing(self._journal.topic, key, None, (), self._number))

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        store = self._journal.store(self._number)
        taken = 0
        for number, (key, value) in enumerate(store.items(from_key=start or None)):
            if number % SIGN_EVERY == 0:
                self._journal.progress()
            if key.startswith(b"__faust"):  # the store's own note of its offset
                continue
            if limit is not None and taken >= limit:
                return
            taken += 1
            yield key, value
