"""The chDB engine at a folder, and handles on it: one handle runs one query at a time."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from chdb import session as chdb_session
from clickhouse_driver.errors import UnknownTypeError

from .errors import UNKNOWN_SETTING, EngineError, engine_error
from .insert import Insert
from .protocol import Setting, columns, sample_block, split_blocks
from .quoting import quoted
from .statements import InsertHead, without_format

# For a small machine: the server's own defaults are caches of gigabytes. Blocks stay small, since one goes out whole.
SERVER_SETTINGS: Final = {
    "mark_cache_size": 32 << 20,
    "index_mark_cache_size": 8 << 20,
    "query_condition_cache_size": 8 << 20,
    "mmap_cache_size": 64,
    "max_server_memory_usage": 1536 << 20,
    "background_pool_size": 2,
}
QUERY_SETTINGS: Final = {
    "max_threads": "2",
    "max_insert_threads": "1",
    "max_block_size": "8192",
    "session_timezone": "UTC",  # whatever the machine's is: a DateTime without a zone is UTC
    "async_insert": "0",  # an answered insert is a part on disk, not a buffer
}
_Session: Any = chdb_session.Session  # typed in name only
TAG: Final = "log_comment"  # the setting by which a running query is found and killed


class DataFolderInUseError(Exception):
    """Another process owns the data folder."""


class Engine:
    """Owns the data folder; raises DataFolderInUseError if another process does, EngineError if it cannot be opened."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._lock_fd = _own(path)
        options = "&".join(f"{name}={value}" for name, value in (SERVER_SETTINGS | QUERY_SETTINGS).items())
        self._address = f"{path.resolve()}?{options}"
        self._session = self.connect()
        self._control = threading.Lock()
        version, self.timezone = (cell.decode() for cell in self._row("SELECT version(), timezone()"))
        self.version: str = version
        names = self._column("SELECT name FROM system.table_functions")
        self.table_functions = frozenset(name.decode().lower() for name in names)

    def connect(self) -> Any:
        """A session of chDB. Raises EngineError."""
        with _engine_errors():
            return _Session(self._address)

    def _row(self, sql: str) -> list[bytes]:
        with _engine_errors(), self._control:
            return [column[0] for column in columns(self._session.query(sql, "Native").bytes())]

    def _column(self, sql: str) -> list[bytes]:
        with _engine_errors(), self._control:
            return list(columns(self._session.query(sql, "Native").bytes())[0])

    def open(self, tag: str, database: str) -> Handle:
        """A handle with this current database (default if empty); EngineError 81 if there is none of that name."""
        handle = Handle(self.connect(), tag)
        try:
            handle.use(database)
        except EngineError:
            handle.close()  # nobody else will: the caller has no handle
            raise
        return handle

    def kill(self, tag: str) -> None:
        """Stops what the handle of that tag runs; returns at once."""
        with _engine_errors(), self._control:
            self._session.query(f"KILL QUERY WHERE Settings['{TAG}'] = '{tag}' ASYNC", "Native")

    def close(self) -> None:
        """Closes the engine; its handles must be closed before."""
        self._session.close()
        os.close(self._lock_fd)


class Handle:
    """One session of the engine: its own current database and settings."""

    def __init__(self, session: Any, tag: str) -> None:
        self._session = session
        self.tag = tag
        self._set(TAG, tag)
        self.written: tuple[int, int] = (0, 0)  # rows and bytes, of the last statement

    def close(self) -> None:
        self._session.close()

    def use(self, database: str) -> None:
        if database:
            self._query(f"USE {quoted(database, '`')}")

    @contextmanager
    def settings(self, settings: Sequence[Setting]) -> Iterator[None]:
        """The settings of one query; what the engine does not know is left out, unless important (EngineError 115)."""
        applied: list[str] = []
        try:
            for setting in settings:
                if setting.name == TAG:
                    continue
                try:
                    self._set(setting.name, setting.value)
                    applied.append(setting.name)
                except EngineError as error:  # a server lets unknown settings pass that are not important
                    if error.code != UNKNOWN_SETTING or setting.important:
                        raise
            yield
        finally:
            for name in applied:
                self._reset(name)

    def _set(self, name: str, value: str) -> None:
        if not name.isidentifier():
            raise EngineError(UNKNOWN_SETTING, f"Unknown setting {name!r}")
        self._query(f"SET {name} = {quoted(value)}")

    def _reset(self, name: str) -> None:
        if name in QUERY_SETTINGS:
            self._set(name, QUERY_SETTINGS[name])
        elif not name.startswith("param_"):  # a query parameter has no default; the next query brings its own
            self._query(f"SET {name} = DEFAULT")

    def run(self, text: str) -> Generator[bytes, None, None]:
        """Runs a statement. Yields its result as `Native` blocks as they come; the first, its header, has no rows.

        Raises EngineError, at the start or between blocks. Closing the iterator stops the query.
        """
        self.written = (0, 0)
        text = without_format(text)
        with _engine_errors():
            try:
                stream = self._session.send_query(text, "Native")
            except RuntimeError as error:
                if "Streaming query is not supported" not in str(error):
                    raise
                stream = None  # not a SELECT: the engine refuses to stream it before it does anything
        if stream is None:
            blocks = list(split_blocks(self._query(text)))
            yield from (sample_block(block.shape) for block in blocks[:1])
            yield from (block.body for block in blocks)
            return
        try:
            block = self._fetch(stream)
            header = self._header(block)
            if header:
                yield sample_block(header)
            while block is not None:
                yield block
                block = self._fetch(stream)
        finally:
            stream.cancel()
        if not header:
            yield sample_block(self.shape(text))

    @staticmethod
    def _header(block: bytes | None) -> list[tuple[str, str]]:
        """The columns of a result's first block; none if it has no rows or its types cannot be read here."""
        try:
            first = next(split_blocks(block or b""), None)
        except UnknownTypeError:  # a client that knows the type has it from the block itself
            return []
        return first.shape if first else []

    def _fetch(self, stream: Any) -> bytes | None:
        with _engine_errors():
            chunk = stream.fetch()
            return None if chunk is None else bytes(chunk.bytes())

    def _query(self, text: str) -> bytes:
        with _engine_errors():
            result = self._session.query(text, "Native")
            self.written = (result.rows_written(), result.bytes_written())
            return bytes(result.bytes())

    def shape(self, select: str) -> list[tuple[str, str]]:
        """Names and types of a SELECT's columns."""
        names, types, *_ = columns(self._query(f"DESCRIBE TABLE (\n{select}\n)"))
        return [(name.decode(), type_name.decode()) for name, type_name in zip(names, types, strict=True)]

    def insert_shape(self, head: InsertHead) -> list[tuple[str, str]]:
        """Names and types of the columns that an insert is to bring; raises what the INSERT itself would."""
        try:
            return self.shape(head.shape)
        except EngineError:
            self._query(f"{head.text} SELECT 1 WHERE 0")  # its own error says it better: 16, no such column, and not 47
            raise

    def insert(self, head: InsertHead, shape: list[tuple[str, str]]) -> Insert:
        """Begins one INSERT that takes blocks of that shape."""
        structure = ", ".join(f"{quoted(name, '`')} {type_name}" for name, type_name in shape)
        return Insert(head.text, structure, self._query)


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # all of chDB's errors are of this class, their code is in the message
        raise engine_error(str(error)) from None


def _own(path: Path) -> int:
    fd = os.open(path / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # chDB would say "BAD_ARGUMENTS"
        os.close(fd)
        raise DataFolderInUseError(
            f"{path} is in use by another process; stop that one or choose another --path"
        ) from None
    return fd
