"""Posting an import to a gateway: again while it cannot take it, not again once it has refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from producers.history.posting import PostingError, poster


@contextmanager
def gateway(*statuses: int) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers with `statuses`, one a request, and the bodies that it was sent."""
    bodies: list[bytes] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            status = left.pop(0)
            content = b'{"delivery":"d","outcome":"accepted","stored":"spool","events":[]}'
            if status != 202:
                content = b'{"detail":"because"}'
            self.send_response(status)
            self.send_header("content-type", "application/json" if status == 202 else "application/problem+json")
            self.send_header("content-length", str(len(content)))
            self.send_header("retry-after", "7")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/git", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_gateway_that_cannot_take_it_now_is_asked_again_when_it_said() -> None:
    pauses: list[float] = []
    with gateway(503, 503, 202) as (url, bodies):
        assert poster(url, sleep=pauses.append)({}, b"{}").stored == "spool"
    assert bodies == [b"{}"] * 3
    assert pauses == [7, 7]


def test_a_refusal_is_not_repeated() -> None:
    with gateway(401) as (url, bodies), pytest.raises(PostingError, match="answered 401: because"):
        poster(url)({}, b"{}")
    assert len(bodies) == 1


def test_a_gateway_that_never_comes_is_given_up_after_the_patience() -> None:
    with gateway() as (url, _):
        pass
    with pytest.raises(PostingError, match="is the gateway running"):
        poster(url, patience_s=3, sleep=lambda _: None)({}, b"{}")
