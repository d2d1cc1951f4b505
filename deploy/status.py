"""Serves /status, /health/live, /health/ready and /metrics of a process that has no web server of its own."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import structlog

from deploy.status_figures import tell
from deploy.telemetry import installed_version, metrics_text

log = structlog.get_logger()
Status = Callable[[], Mapping[str, Any]]
Ready = Callable[[], bool]


class StatusServer:
    """Answers on `address` (host:port, port 0 picks a free one) from a daemon thread, between `with` and its end.

    `status` and `ready` are called from other threads than the process's own. What `status` says of lag, freshness and
    the like is told as metrics too. Raises OSError where the address is taken.
    """

    def __init__(self, address: str, status: Status, ready: Ready) -> None:
        host, _, port = address.rpartition(":")
        self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), _handler(status, ready))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)
        tell(status)

    @property
    def port(self) -> int:
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(status: Status, ready: Ready) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5  # seconds; a client that sends nothing holds no thread

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._send(200, *metrics_text(self.headers.get("accept", "")))
                return
            try:
                code, answer = _answer(path, status, ready)
            except Exception as error:  # a defect in one answer must not end the server
                log.error("status failed", path=self.path, error=repr(error))
                code, answer = 500, {"error": type(error).__name__}
            self._send(code, json.dumps(answer).encode(), "application/json")

        def _send(self, code: int, body: bytes, content_type: str) -> None:
            self.send_response(code)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Health checks come every second: they are no events."""

    return Handler


def _answer(path: str, status: Status, ready: Ready) -> tuple[int, Mapping[str, Any]]:
    if path == "/status":
        return 200, {"version": installed_version(), **status()}
    if path == "/health/live":
        return 200, {"live": True}
    if path == "/health/ready":
        is_ready = ready()
        return (200 if is_ready else 503), {"ready": is_ready}
    return 404, {"error": "not here; there are /status, /health/live, /health/ready and /metrics"}
