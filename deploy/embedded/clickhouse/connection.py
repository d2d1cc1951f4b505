"""One client's connection: hello, then one query after the other, in a thread of its own."""

from __future__ import annotations

import hmac
import logging
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from clickhouse_driver.errors import Error as DriverError

from . import protocol
from .engine import Engine, Handle
from .errors import AUTHENTICATION_FAILED, NOT_IMPLEMENTED, PROTOCOL_ERROR, QUERY_WAS_CANCELLED, EngineError
from .protocol import CLIENT, Block, PacketReader, Query
from .reader import ReadOnlyHandle
from .statements import InsertHead, insert_head
from .watcher import Watcher

HELLO_SECONDS: Final = 10
SEND_SECONDS: Final = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """A user of the server; one that `only_reads` gets a handle that refuses everything else."""

    user: str
    password: str
    only_reads: bool = False

    def admits(self, user: str, password: str) -> bool:
        same_user = hmac.compare_digest(user.encode(), self.user.encode())
        return hmac.compare_digest(password.encode(), self.password.encode()) and same_user


class Connection:
    """Serves one socket until its client leaves or `stop` is called (from any thread)."""

    def __init__(
        self, sock: socket.socket, number: int, engine: Engine, accounts: Sequence[Account], watcher: Watcher
    ) -> None:
        self._socket = sock
        self._engine = engine
        self._accounts = accounts
        self._watcher = watcher
        self._tag = f"front-{number}"
        self._reader = PacketReader(sock.recv_into)
        self._state = threading.Lock()
        self._cancelled = False
        self._stopping = False
        self.running = False
        self.queries = 0

    def serve(self) -> None:
        """Answers packets until the end of the connection; never raises for what a client did."""
        try:
            with closing(self._hello()) as handle:
                while self._packet(handle):
                    pass
        except EngineError as error:  # the client hears of it, and the connection ends
            self._refuse(error)
        except (UnicodeDecodeError, DriverError, struct.error, ValueError, MemoryError):
            # Not our protocol, or a type that the readers do not know: the place in the stream is lost.
            self._refuse(EngineError(PROTOCOL_ERROR, "Unreadable packet from client"))
        except (EOFError, OSError):
            pass  # the client left, or was too slow: nothing to tell and nobody to tell it to
        finally:
            self._socket.close()

    def _refuse(self, error: EngineError) -> None:
        with suppress(OSError):  # the client may be gone already
            self._socket.settimeout(1)
            self._socket.sendall(protocol.exception_packet(error))
            self._socket.shutdown(socket.SHUT_WR)
            for _ in range(16):  # a close over unread bytes would be a reset, before the client reads the error
                if not self._socket.recv(65536):
                    break

    def _hello(self) -> Handle:
        self._socket.settimeout(HELLO_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        hello = self._reader.hello()
        # All are asked, so that the time tells nothing of who there is.
        admitted = [account for account in self._accounts if account.admits(hello.user, hello.password)]
        if not admitted:
            raise EngineError(
                AUTHENTICATION_FAILED,
                f"{hello.user}: Authentication failed: password is incorrect, or there is no user with such name.",
            )
        if hello.revision < protocol.REVISION:
            raise EngineError(NOT_IMPLEMENTED, f"Clients before revision {protocol.REVISION} are not supported")
        handle = (
            ReadOnlyHandle(self._engine, self._tag, hello.database)
            if admitted[0].only_reads
            else self._engine.open(self._tag, hello.database)
        )
        try:
            major, minor, patch, *_ = (int(part) for part in self._engine.version.split("."))
            self._socket.sendall(protocol.hello_packet((major, minor, patch), self._engine.timezone))
            self._socket.settimeout(None)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        except OSError:
            handle.close()  # the caller never sees it
            raise
        return handle

    def _packet(self, handle: Handle) -> bool:
        kind = self._reader.number()
        if kind == CLIENT.PING:
            self._socket.sendall(protocol.PONG)
        elif kind == CLIENT.QUERY:
            self._query(handle, self._reader.query())
        elif kind != CLIENT.CANCEL:  # a cancel that came after the end of its query is void
            raise EngineError(PROTOCOL_ERROR, f"Unexpected packet {kind} from client")
        return not self._stopping

    def _query(self, handle: Handle, query: Query) -> None:
        if query.compressed:
            raise EngineError(NOT_IMPLEMENTED, "Compression is not supported by embedded ClickHouse: connect without")
        self._begin()
        try:
            self._no_external_tables()
            self._cancelled = self._cancelled or self._reader.cancel_waits()
            head = insert_head(query.text)
            with handle.settings(query.settings):
                written = self._insert(handle, head) if head else self._run(handle, query.text)
            rest = protocol.progress_packet(*written) if any(written) else b""
            self._socket.sendall(rest + protocol.END_OF_STREAM)
        except EngineError as error:
            if error.code == PROTOCOL_ERROR:
                raise
            done = self._cancelled and error.code == QUERY_WAS_CANCELLED and not self._stopping
            self._socket.sendall(protocol.END_OF_STREAM if done else protocol.exception_packet(error))
        finally:
            self._end()

    def _no_external_tables(self) -> None:
        refusal = None
        while self._expect_data():
            refusal = EngineError(NOT_IMPLEMENTED, "External tables are not supported by embedded ClickHouse")
        if refusal:
            raise refusal  # only now: the client reads no answer before it has sent everything

    def _expect_data(self) -> Block | None:
        if self._reader.number() != CLIENT.DATA:
            raise EngineError(PROTOCOL_ERROR, "Unexpected packet from client, expected Data")
        return self._reader.data()

    def _run(self, handle: Handle, text: str) -> tuple[int, int]:
        if self._cancelled:
            return 0, 0  # cancelled with the same breath
        self._watcher.watch(self._socket.fileno(), partial(self._peek, self.queries))
        try:
            with closing(handle.run(text)) as blocks:
                for block in blocks:
                    if self._cancelled:
                        break
                    self._socket.sendall(protocol.data_packet(block))
        finally:
            self._watcher.forget(self._socket.fileno())
        if self._cancelled and self._stopping:  # the client did not ask for a part of the result
            raise EngineError(QUERY_WAS_CANCELLED, "Query was cancelled: the server is stopping")
        return handle.written

    def _insert(self, handle: Handle, head: InsertHead) -> tuple[int, int]:
        shape = handle.insert_shape(head)
        with closing(handle.insert(head, shape)) as insert:
            self._socket.sendall(protocol.data_packet(protocol.sample_block(shape)))
            while (kind := self._reader.number()) == CLIENT.DATA and (block := self._reader.data()):
                insert.append(block.body)
            if kind != CLIENT.DATA:  # a cancel: nothing of it was inserted
                return 0, 0
            insert.finish()
        return handle.written

    def _begin(self) -> None:
        with self._state:
            self.running, self._cancelled = True, False
            self.queries += 1

    def _end(self) -> None:
        with self._state:
            self.running = False

    def _peek(self, query: int) -> bool:
        """Called by the watcher when the client says something, or leaves, while its query runs."""
        try:
            said = self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            said = b""  # a reset is a client that left
        return said in (b"", bytes([CLIENT.CANCEL])) and self._cancel(query)

    def _cancel(self, query: int) -> bool:
        """Stops that query if it runs. True if it ran: the engine may not know it yet, so try again."""
        with self._state:
            if not self.running or self.queries != query:
                return False
            self._cancelled = True
            self._engine.kill(self._tag)
            return True

    def stop(self, now: bool) -> None:
        """Ends the connection: after its query, or at once."""
        self._stopping = True
        if now:
            self._cancel(self.queries)
        if now or not self.running:
            with suppress(OSError):  # the client may be gone already
                self._socket.shutdown(socket.SHUT_RDWR if now else socket.SHUT_RD)
