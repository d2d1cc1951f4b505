"""Real endpoints on loopback: a good one, one that refuses, one that redirects, one that is slow, one that drips."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.engines import free_port

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Endpoint:
    """What a server on `port` was sent: path, headers and body of each request."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answer = answer
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                endpoint.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                endpoint.answer(self, body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ids(self) -> Counter[str]:
        """How often each message came."""
        return Counter(headers["x-pipegauge-id"] for _, headers, _ in self.requests)

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.requests]


def status(code: int, **headers: str) -> Answer:
    """Answers with a status."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return answer


def slow(seconds: float) -> Answer:
    """Answers 200, later."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        time.sleep(seconds)
        status(200)(handler, body)

    return answer


def drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Answers byte by byte, so that no timeout of a single read is ever reached."""
    handler.send_response(200)
    handler.send_header("content-length", "100000")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:  # the other side has hung up, as it should
        return


@contextmanager
def endpoint(answer: Answer) -> Iterator[Endpoint]:
    made = Endpoint(answer)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def listening() -> Iterator[tuple[int, list[Any]]]:
    """A port and who connected to it: for places where nobody may ever knock."""
    knocks: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, peer = server.accept()
                except OSError:  # closed: the test is over
                    return
                knocks.append(peer)
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], knocks


def dead_port() -> int:
    """A port where nobody listens."""
    return free_port()
