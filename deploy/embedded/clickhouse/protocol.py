"""ClickHouse's native TCP protocol as a server speaks it, at revision 54429.

That revision has settings as strings and none of the later extras (custom serialization, profile events, query
parameters), so a block on the wire is exactly a block of the `Native` format: blocks pass through as bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final

from clickhouse_driver import defines
from clickhouse_driver.block import BlockInfo
from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.clientinfo import ClientInfo
from clickhouse_driver.columns.service import read_column
from clickhouse_driver.context import Context
from clickhouse_driver.protocol import ClientPacketTypes, ServerPacketTypes
from clickhouse_driver.settings.writer import SettingsFlags
from clickhouse_driver.streams.native import BlockInputStream
from clickhouse_driver.varint import read_varint, write_varint
from clickhouse_driver.writer import write_binary_int32, write_binary_str, write_binary_uint8

from .errors import PROTOCOL_ERROR, EngineError

REVISION: Final = defines.DBMS_MIN_REVISION_WITH_SETTINGS_SERIALIZED_AS_STRINGS
MAX_NAME_BYTES: Final = 64 * 1024
MAX_QUERY_BYTES: Final = 256 * 1024 * 1024
BUFFER_BYTES: Final = 256 * 1024

_SIZED: Final = (
    (re.compile(r"\bEnum(8|16)\((?:[^')]|'(?:[^'\\]|\\.)*')*\)"), r"Int\1"),
    (re.compile(r"\bDateTime64\([^)]*\)"), "Int64"),
    (re.compile(r"\bDateTime(?:\([^)]*\))?(?=\W|$)"), "UInt32"),
    (re.compile(r"\bDate32\b"), "Int32"),
    (re.compile(r"\bDate\b"), "UInt16"),
    (re.compile(r"\bUUID\b"), "FixedString(16)"),
)
CLIENT = ClientPacketTypes
SERVER = ServerPacketTypes


@dataclass(frozen=True)
class Hello:
    """What a client says first."""

    client: str
    revision: int
    database: str
    user: str
    password: str


@dataclass(frozen=True)
class Setting:
    """One setting of a query; an unknown one is an error only if it is important."""

    name: str
    value: str
    important: bool


@dataclass(frozen=True)
class Query:
    """A query as it was sent, without the data that may follow it."""

    text: str
    settings: tuple[Setting, ...]
    compressed: bool


@dataclass(frozen=True)
class Block:
    """A block in the `Native` format, undecoded, with the names and types of its columns."""

    rows: int
    shape: list[tuple[str, str]]
    body: bytes


class PacketReader(BufferedReader):  # type: ignore[misc]  # a Cython class without types
    """Reads a client's packets. `receive` fills a buffer and returns the number of bytes, as `recv_into` does."""

    def __init__(self, receive: Callable[[bytearray], int]) -> None:
        super().__init__(BUFFER_BYTES)
        self.current_buffer_size: int
        self.position: int
        self._receive = receive
        self._captured: list[bytes] | None = None
        self._capture_from = 0
        self._context = Context()
        self._context.server_info = SimpleNamespace(used_revision=0)  # 0: a bare Native block, without its BlockInfo
        self._context.client_settings = {"strings_as_bytes": True, "use_numpy": False}
        self._context.settings = {}

    def read_into_buffer(self) -> None:
        """Called by the readers of clickhouse-driver when the buffer is used up. Raises EOFError at the end."""
        if self._captured is not None:
            self._captured.append(bytes(self.buffer[self._capture_from : self.current_buffer_size]))
            self._capture_from = 0
        self.current_buffer_size = self._receive(self.buffer)
        if self.current_buffer_size == 0:
            raise EOFError("the client closed the connection")

    def cancel_waits(self) -> bool:
        """Whether the next packet, already received, is a Cancel."""
        return bool(self.position < self.current_buffer_size and self.buffer[self.position] == CLIENT.CANCEL)

    def number(self) -> int:
        return int(read_varint(self))

    def byte(self) -> int:
        return int(self.read_one())

    def text(self, limit: int = MAX_NAME_BYTES) -> str:
        length = self.number()
        if length > limit:
            raise EngineError(PROTOCOL_ERROR, f"A string of {length} bytes where at most {limit} are allowed")
        return str(self.read(length).decode("utf-8")) if length else ""

    def hello(self) -> Hello:
        """The first packet of a connection."""
        if self.number() != CLIENT.HELLO:
            raise EngineError(PROTOCOL_ERROR, "Unexpected packet from client, expected Hello")
        client = self.text()
        self.number()  # the client's major and minor version decide nothing
        self.number()
        return Hello(client, self.number(), self.text(), self.text(), self.text())

    def query(self) -> Query:
        """The rest of a Query packet, after its type."""
        self.text()  # query id: the engine gives its own
        self._skip_client_info()
        settings = tuple(self._settings())
        self.number()  # stage: a whole query is the only one that clients ask for
        compressed = bool(self.number())
        return Query(self.text(MAX_QUERY_BYTES), settings, compressed)

    def _skip_client_info(self) -> None:
        if self.byte() == ClientInfo.QueryKind.NO_QUERY:
            return
        for _ in range(3):  # initial user, query id, address
            self.text()
        if self.byte() != ClientInfo.Interface.TCP:
            raise EngineError(PROTOCOL_ERROR, "Only clients of the native TCP interface are understood")
        for _ in range(3):  # os user, host name, client name
            self.text()
        for _ in range(3):  # version, revision
            self.number()
        self.text()  # quota key
        self.number()  # version patch

    def _settings(self) -> Iterator[Setting]:
        while name := self.text():
            flags = self.byte()
            yield Setting(name, self.text(MAX_QUERY_BYTES), bool(flags & SettingsFlags.IMPORTANT))

    def data(self) -> Block | None:
        """The rest of a Data packet, after its type; None for the empty block that ends the data."""
        self.text()  # the name of an external table
        BlockInfo().read(self)
        return self.block()

    def block(self) -> Block | None:
        """A block in the `Native` format; None if it has no rows."""
        self._captured, self._capture_from = [], self.position
        try:
            shape = []
            columns, rows = self.number(), self.number()
            for _ in range(columns):
                name, type_name = self.text(), self.text(MAX_QUERY_BYTES)
                shape.append((name, type_name))
                if rows:
                    read_column(self._context, sized_type(type_name), rows, self)
            self._captured.append(bytes(self.buffer[self._capture_from : self.position]))
            return Block(rows, shape, b"".join(self._captured)) if rows else None
        finally:
            self._captured = None

    def columns(self) -> list[list[Any]]:
        """The columns of the next block, decoded, their strings as bytes."""
        return list(BlockInputStream(self, self._context).read().get_columns())


def sized_type(type_name: str) -> str:
    """A type whose values take as many bytes and are read without a calendar, a time zone or a list of names."""
    for pattern, plain in _SIZED:
        type_name = pattern.sub(plain, type_name)
    return type_name


def columns(block: bytes) -> list[list[Any]]:
    """The columns of one `Native` block, their strings as bytes; no columns for no bytes."""
    if not block:
        return []
    return reader_of(block).columns()


def split_blocks(blocks: bytes) -> Iterator[Block]:
    """The single blocks of concatenated `Native` blocks."""
    reader = reader_of(blocks)
    try:
        while block := reader.block():
            yield block
    except EOFError:  # the end of the bytes: not of a connection
        return


def reader_of(data: bytes) -> PacketReader:
    """A reader of bytes at hand."""
    return PacketReader(BytesIO(data).readinto)


def hello_packet(version: tuple[int, int, int], timezone: str) -> bytes:
    """The server's answer to a Hello that it accepts."""
    out = BytesIO()
    write_varint(SERVER.HELLO, out)
    write_binary_str("ClickHouse", out)
    for number in (version[0], version[1], REVISION):
        write_varint(number, out)
    write_binary_str(timezone, out)
    write_binary_str("pipegauge embedded", out)
    write_varint(version[2], out)
    return out.getvalue()


def data_packet(block: bytes) -> bytes:
    """A block in the `Native` format as a Data packet."""
    return _DATA_HEAD + block


def sample_block(names_and_types: list[tuple[str, str]]) -> bytes:
    """A block with columns and no rows: what an insert is to look like, or an empty result."""
    out = BytesIO()
    write_varint(len(names_and_types), out)
    write_varint(0, out)
    for name, type_name in names_and_types:
        write_binary_str(name, out)
        write_binary_str(type_name, out)
    return out.getvalue()


def progress_packet(written_rows: int, written_bytes: int) -> bytes:
    """What a query wrote."""
    out = BytesIO()
    write_varint(SERVER.PROGRESS, out)
    for number in (0, 0, 0, written_rows, written_bytes):  # read rows, bytes, and rows to read
        write_varint(number, out)
    return out.getvalue()


def exception_packet(error: EngineError) -> bytes:
    """An error with its ClickHouse code."""
    out = BytesIO()
    write_varint(SERVER.EXCEPTION, out)
    write_binary_int32(struct.unpack("<i", struct.pack("<I", error.code & 0xFFFFFFFF))[0], out)
    write_binary_str("DB::Exception", out)
    write_binary_str(f"DB::Exception: {error.message}", out)
    write_binary_str("", out)  # stack trace
    write_binary_uint8(0, out)  # nothing nested
    return out.getvalue()


def _data_head() -> bytes:
    out = BytesIO()
    write_varint(SERVER.DATA, out)
    write_binary_str("", out)
    BlockInfo().write(out)
    return out.getvalue()


PONG: Final = bytes([SERVER.PONG])
END_OF_STREAM: Final = bytes([SERVER.END_OF_STREAM])
_DATA_HEAD: Final = _data_head()
