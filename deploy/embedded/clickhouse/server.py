"""Accepts clients: a thread for each connection, and an end that lets running queries finish."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from . import protocol
from .connection import Account, Connection
from .engine import Engine
from .errors import TOO_MANY_CONNECTIONS, EngineError
from .watcher import Watcher

MAX_CONNECTIONS: Final = 256

log = logging.getLogger(__name__)


class Server:
    """The native TCP server over an engine."""

    def __init__(self, listener: socket.socket, engine: Engine, accounts: Sequence[Account]) -> None:
        self._listener = listener
        self._engine = engine
        self._accounts = accounts
        self._watcher = Watcher()
        self._acceptor = threading.Thread(target=self._accept, name="accept", daemon=True)
        self._connections: dict[Connection, threading.Thread] = {}
        self._lock = threading.Lock()
        self._past_queries = 0
        self.ready = False

    @property
    def connections(self) -> int:
        return len(self._connections)

    @property
    def queries(self) -> int:
        """Queries since the start."""
        with self._lock:
            return self._past_queries + sum(connection.queries for connection in self._connections)

    @property
    def running(self) -> int:
        """Queries under way."""
        with self._lock:
            return sum(connection.running for connection in self._connections)

    def start(self) -> None:
        self._watcher.start()
        self.ready = True
        self._acceptor.start()

    def _accept(self) -> None:
        for number in itertools.count(1):
            try:
                sock, _ = self._listener.accept()
            except OSError:
                if not self.ready:
                    return  # the listener was closed by stop
                log.exception("could not accept a connection")
                time.sleep(0.1)  # out of file descriptors: let some close
                continue
            if self.connections >= MAX_CONNECTIONS:
                self._turn_away(sock)
                continue
            connection = Connection(sock, number, self._engine, self._accounts, self._watcher)
            thread = threading.Thread(target=self._serve, args=(connection,), name=f"client-{number}", daemon=True)
            with self._lock:
                self._connections[connection] = thread
            thread.start()

    def _turn_away(self, sock: socket.socket) -> None:
        error = EngineError(TOO_MANY_CONNECTIONS, f"Too many connections: at most {MAX_CONNECTIONS}")
        with suppress(OSError), sock:  # the client may be gone already
            sock.sendall(protocol.exception_packet(error))

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        except Exception as error:  # a fault of ours must not pass unseen; its words may hold data, its class does not
            log.error("a connection ended by %s", type(error).__name__)
        finally:
            with self._lock:
                self._connections.pop(connection, None)
                self._past_queries += connection.queries

    def stop(self, seconds: float) -> bool:
        """Accepts no more, lets running queries finish for that long, then stops them. True if all threads ended."""
        self.ready = False
        with suppress(OSError):  # close alone does not wake the thread that accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(2.0)
        self._listener.close()
        with self._lock:
            left = dict(self._connections)
        for connection in left:
            connection.stop(now=False)
        _join(left, seconds)
        for connection, thread in left.items():
            if thread.is_alive():
                connection.stop(now=True)
        _join(left, 2.0)
        return not any(thread.is_alive() for thread in left.values())


def _join(threads: dict[Connection, threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads.values():
        thread.join(max(0.0, deadline - time.monotonic()))
