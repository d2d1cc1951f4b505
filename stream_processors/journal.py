"""Faust tables as the pure core sees them: one partition's bytes, every write in the changelog.

A write goes to the local store at once and to the changelog through the outbox, in order, to the partition whose event
caused it. Faust still assigns the partitions and recovers the local store from the changelog.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import faust
import structlog
from faust.stores import rocksdb
from faust.types import TP

from schemas.topics import changelog
from stream_processors.outbox import Outbox, Outgoing

log = structlog.get_logger()
SIGN_EVERY = 5_000
"""Keys of a scan between two signs of progress."""

MEMORY = {"write_buffer_size": 4 << 20, "max_write_buffer_number": 2, "block_cache_size": 8 << 20}
"""What one partition of one table may hold of memory: Faust's own bounds are 192 MiB and 2 GiB."""


class StateError(Exception):
    """The local store failed: the world's error, after which the process starts anew from the changelog."""


class _Store(rocksdb.Store):
    """Faust's store, of which nothing stays where a partition goes, and nothing is found where one comes.

    A partition that returns is read from the beginning of its changelog: a deletion that another worker wrote meanwhile
    may have been compacted away, and what had stayed here would know nothing of it.
    """

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        async with self.db_lock:
            for tp in revoked | newly_assigned:
                if tp.topic in self.table.changelog_topic.topics:
                    self._forget(tp)
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def _forget(self, tp: TP) -> None:
        self._dbs.pop(tp.partition, None)  # nobody else keeps it: this closes it and releases its lock
        path = self.partition_path(tp.partition)
        if path.exists():
            shutil.rmtree(path)
        # Where one rebalance follows another at once, Faust may still know how far the files that are gone had come.
        tables: Any = self.app.tables
        tables.recovery.active_offsets[tp] = None


class _Table(faust.Table[bytes, bytes]):
    def _new_store_by_url(self, url: Any) -> _Store:
        return _Store(
            url,
            self.app,
            self,
            table_name=self.name,
            key_type=self.key_type,
            key_serializer=self.key_serializer,
            value_type=self.value_type,
            value_serializer=self.value_serializer,
            loop=self.loop,
            options=self.options,
        )


class Journal:
    """One Faust table with its changelog; `progress` is called in the midst of long scans."""

    def __init__(self, app: faust.App, name: str, partitions: int, outbox: Outbox) -> None:
        self.topic = changelog(name)
        self.table: Any = app.tables.add(
            _Table(
                app,
                name=name,
                beacon=app.tables.beacon,
                key_type=bytes,
                value_type=bytes,
                partitions=partitions,
                # Nobody acknowledges it. With acks Faust notes each gap that compaction leaves, slower with each one.
                changelog_topic=app.topic(
                    self.topic, partitions=partitions, compacting=True, key_type=bytes, acks=False, internal=True
                ),
                options=dict(MEMORY),  # Faust takes keys out of it
            )
        )
        self.outbox = outbox
        outbox.on_settled(self.topic, self._note)
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

    def _note(self, number: int, acknowledged: range) -> None:
        """Note how far the local store holds the changelog: the next recovery reads on from there.

        Only what follows at once on what was noted is: an offset in between is a record that this store may not hold,
        of another process or sent twice, and the next recovery reads it.
        """
        if number not in self._data._dbs:  # revoked: a store opened for the note would hold nothing but the note
            return
        tp = TP(self.topic, number)
        try:
            noted = self._data.persisted_offset(tp)
            if acknowledged.start <= (-1 if noted is None else noted) + 1 < acknowledged.stop:
                self._data.set_persisted_offset(tp, acknowledged.stop - 1)
        except Exception as error:  # without the note more is read again; the next read or write says what is wrong
            log.warning("place in the changelog not noted", topic=tp.topic, partition=number, error=str(error))


class JournalPartition:
    """stream_processors.state.State over one partition of a journal. All methods raise StateError."""

    def __init__(self, journal: Journal, number: int) -> None:
        self._journal = journal
        self._number = number

    def get(self, key: bytes) -> bytes | None:
        store = self._journal.store(self._number)
        try:
            value: bytes | None = store.get(key)
        except Exception as error:  # rocksdict's, as everywhere here
            raise self._failed(error) from error
        return value

    def put(self, key: bytes, value: bytes) -> None:
        store = self._journal.store(self._number)
        try:
            store.put(key, value)
        except Exception as error:
            raise self._failed(error) from error
        self._journal.outbox.put(Outgoing(self._journal.topic, key, value, (), self._number))

    def delete(self, key: bytes) -> None:
        store = self._journal.store(self._number)
        try:
            store.delete(key)
        except Exception as error:
            raise self._failed(error) from error
        self._journal.outbox.put(Outgoing(self._journal.topic, key, None, (), self._number))

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        taken = 0
        for number, (key, value) in enumerate(self._items(start)):
            if number % SIGN_EVERY == 0:
                self._journal.progress()
            if key.startswith(b"__faust"):  # the store's own note of its offset
                continue
            if limit is not None and taken >= limit:
                return
            taken += 1
            yield key, value

    def _items(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Not by the store's `items`: where a block cannot be read, they end as if there were no more (measured)."""
        store = self._journal.store(self._number)
        try:
            cursor = store.iter()
            cursor.seek(start)
            while cursor.valid():
                yield cursor.key(), cursor.value()
                cursor.next()
            cursor.status()
        except Exception as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StateError:
        return StateError(f"the store of {self._journal.topic}-{self._number} failed: {error}")
