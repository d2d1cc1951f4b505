"""`/status`, `/health/live` and `/health/ready` over HTTP."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from .server import Server


def start_status(host: str, port: int, server: Server, engine_version: str) -> int:
    """Serves in a thread of its own; returns the port it listens on. Raises OSError if that is taken."""
    started = time.monotonic()
    release = version("pipegauge")

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/status":
                status: dict[str, object] = {"version": release, "engine_version": engine_version}
                status |= {"lag": {}, "dirty": 0, "spool_depth": 0, "freshness": None}
                status |= {"connections": server.connections, "queries": server.queries, "running": server.running}
                self._answer(200, status | {"uptime_s": round(time.monotonic() - started, 3)})
            elif self.path == "/health/live":
                self._answer(200, {"live": True})
            elif self.path == "/health/ready":
                self._answer(200 if server.ready else 503, {"ready": server.ready})
            else:
                self._answer(404, {"title": "no such page"})

        def _answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass  # health checks every second are no news

    http = ThreadingHTTPServer((host, port), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, name="status", daemon=True).start()
    return int(http.server_address[1])
