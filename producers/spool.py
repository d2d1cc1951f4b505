"""The local spool: deliveries on this machine's disk while Kafka is away, durable once `put` returns.

SQLite in WAL mode with synchronous=FULL. All that waits is committed together: the cost of one fsync is shared by
every delivery that arrived during the one before.
"""

import asyncio
import fcntl
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

from producers.records import KafkaRecord, pack, unpack

_GROUP_BYTES = 64 << 20
_ROOM_FOR_AN_ORDINARY_DELIVERY = 1 << 20
_ROOM_TO_FORGET = 1 << 20
"""Bytes of the disk that stay free: a deletion is written to the log first, and a full disk would never be emptied."""
_FREE_IN_FILE = ("freelist_count", "page_size")

Result = TypeVar("Result")


class SpoolFull(Exception):
    """The spool has reached its bound, or the disk has: nothing was kept."""


class SpoolLocked(Exception):
    """Another process owns this spool file."""


class Spooled(NamedTuple):
    """A delivery in the spool; `number` is its place by order of arrival."""

    number: int
    records: list[KafkaRecord]


class Spool:
    """A bounded queue on disk. Its methods belong to one event loop; SQLite lives in a thread of its own.

    `depth` is the number of deliveries in it.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Opens or makes the file at `path`. Raises SpoolLocked if another process has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = _lock(path)
        self._database = _open(path)
        self.on_kept: Callable[[], None] = lambda: None  # also told of what its sender no longer waits for
        self.depth: int
        self._bytes: int
        self.depth, self._bytes = self._database.execute(
            "SELECT count(*), coalesce(sum(length(records)), 0) FROM deliveries"
        ).fetchone()
        self._max_bytes = max_bytes
        self._disk_is_full = False
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")

    @property
    def usable(self) -> bool:
        """Whether an ordinary delivery would be kept."""
        return self._bytes + _ROOM_FOR_AN_ORDINARY_DELIVERY <= self._max_bytes and not self._disk_is_full

    async def put(self, records: Sequence[KafkaRecord]) -> None:
        """Keeps a delivery's records; they are on disk when this returns. Raises SpoolFull."""
        blob = pack(records)
        if self._bytes + len(blob) > self._max_bytes:
            raise SpoolFull(f"the spool holds {self._bytes} of {self._max_bytes} bytes")
        self._bytes += len(blob)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((blob, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        # A sender that hangs up cancels this wait, not the write: its bytes are accounted for either way.
        await done

    async def oldest(self, after: int, max_bytes: int) -> list[Spooled]:
        """Deliveries numbered above `after`, oldest first: about `max_bytes` of them, one at least if there is any."""
        return await self._run(lambda: self._select(after, max_bytes))

    async def remove(self, numbers: Sequence[int]) -> None:
        """Forgets deliveries that Kafka has acknowledged."""
        count, size = await self._run(lambda: self._delete(numbers))
        self.depth -= count
        self._bytes -= size

    async def close(self) -> None:
        """Finishes what was begun and gives the file free."""
        if self._flushing is not None:
            await self._flushing
        self._thread.shutdown()
        self._database.close()
        self._lock.close()

    async def _flush(self) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                await self._run(partial(self._insert, [blob for blob, _ in group]))
            except (sqlite3.Error, SpoolFull) as error:  # the disk is full or failing: the senders keep what we cannot
                self._disk_is_full = True
                self._bytes -= sum(len(blob) for blob, _ in group)
                _settle(group, SpoolFull(f"the spool cannot be written: {error}"))
            else:
                self._disk_is_full = False
                self.depth += len(group)
                self.on_kept()
                _settle(group, None)
        self._flushing = None

    def _next_group(self) -> list[tuple[bytes, asyncio.Future[None]]]:
        size = count = 0
        for blob, _ in self._waiting:
            size += len(blob)
            if count and size > _GROUP_BYTES:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _insert(self, blobs: list[bytes]) -> None:
        size = sum(map(len, blobs))
        if not self._leaves_room(size):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if not self._leaves_room(size):
                raise SpoolFull(f"the disk of {self._path} is nearly full")
        with self._database:
            self._database.executemany("INSERT INTO deliveries (records) VALUES (?)", [(blob,) for blob in blobs])

    def _leaves_room(self, size: int) -> bool:
        """Whether `size` bytes more fit the log, and then with all of the log the file, and leave room to forget.

        Pages of small rows may be half empty: that is why each byte counts twice. A file never shrinks, but what was
        forgotten is free in it.
        """
        wal = self._path.with_name(self._path.name + "-wal")
        logged = wal.stat().st_size if wal.exists() else 0
        [free_pages], [page_size] = (self._database.execute(f"PRAGMA {of}").fetchone() for of in _FREE_IN_FILE)
        growth = max(0, 2 * size + logged - free_pages * page_size)
        return bool(shutil.disk_usage(self._path.parent).free >= 2 * size + growth + _ROOM_TO_FORGET)

    def _select(self, after: int, max_bytes: int) -> list[Spooled]:
        found: list[Spooled] = []
        size = 0
        rows = self._database.execute(
            "SELECT number, records FROM deliveries WHERE number > ? ORDER BY number", (after,)
        )
        for number, blob in rows:
            size += len(blob)
            if found and size > max_bytes:
                break
            found.append(Spooled(number, unpack(blob)))
        return found

    def _delete(self, numbers: Sequence[int]) -> tuple[int, int]:
        count = size = 0
        with self._database:
            for number in numbers:
                one = "FROM deliveries WHERE number = ?"
                row = self._database.execute(f"SELECT length(records) {one}", (number,)).fetchone()
                if row is not None:
                    self._database.execute(f"DELETE {one}", (number,))
                    count, size = count + 1, size + row[0]
        return count, size


def _settle(group: list[tuple[bytes, asyncio.Future[None]]], error: SpoolFull | None) -> None:
    for _, done in group:
        if done.done():
            continue  # cancelled: its sender hung up
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _lock(path: Path) -> IO[bytes]:
    lock = path.with_name(path.name + ".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise SpoolLocked(
            f"{path} belongs to another gateway; stop it, or give this one another `data:` folder"
        ) from error
    return lock


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("PRAGMA journal_size_limit=67108864")
    # Debian's SQLite overwrites what is deleted with zeros: to forget would take as much of the disk as to keep.
    database.execute("PRAGMA secure_delete=FAST")
    database.execute(
        "CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT, records BLOB NOT NULL)"
    )
    database.commit()
    return database
