"""A TCP proxy before ClickHouse that can lose the answer to an insert: the rows are in, and nobody says so."""

import contextlib
import socket
import threading
from typing import Literal


class Proxy:
    """Listens on `port`. Between `lose_next` and its loss the next insert into a table gets no answer."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lost = 0
        self._open = threading.Event()
        self._open.set()
        self._armed: bytes | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_next(self, table: str, then_close: bool = False) -> None:
        """Lose the next answer to an insert into `table`; with `then_close` nobody gets through until `let_in`."""
        self._armed = f"INSERT INTO {table} ".encode()
        self._then_close = then_close

    def let_in(self) -> None:
        self._open.set()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if not self._open.is_set():
            client.close()
            return
        try:
            server = socket.create_connection(("127.0.0.1", self._target), 5)
        except OSError:  # ClickHouse is away
            client.close()
            return
        _Connection(self, client, server).pump()

    def takes(self, chunk: bytes) -> bool:
        """Whether this chunk begins the insert whose answer is to be lost."""
        return self._armed is not None and self._armed in chunk

    def has_lost(self) -> None:
        if self._then_close:
            self._open.clear()
        self._armed = None
        self.lost += 1


class _Connection:
    """`state` goes on from the query to its sample block, the rows, and the answer that is lost."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._state: Literal["idle", "asked", "sampled", "sent"] = "idle"

    def pump(self) -> None:
        threading.Thread(target=self._answers, daemon=True).start()
        with contextlib.suppress(OSError):  # either side has closed
            while chunk := self._client.recv(1 << 16):
                if self._proxy.takes(chunk):
                    self._state = "asked"
                elif self._state == "sampled":
                    self._state = "sent"
                self._server.sendall(chunk)
        self._close()

    def _answers(self) -> None:
        with contextlib.suppress(OSError):  # either side has closed
            while chunk := self._server.recv(1 << 16):
                if self._state == "sent":
                    self._proxy.has_lost()
                    break
                self._client.sendall(chunk)
                if self._state == "asked":
                    self._state = "sampled"
        self._close()

    def _close(self) -> None:
        for end in (self._client, self._server):
            with contextlib.suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)
            end.close()
