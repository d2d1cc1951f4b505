"""A vendor's API on loopback: routes that a test describes, and what was asked of it."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: its path is still quoted."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the vendor says."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[[Asked], Answer]


class VendorServer:
    """Answers by the first route whose pattern is the whole path; 404 where there is none."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, str], Route] = {}
        self.asked: list[Asked] = []
        self.refusals: list[Answer] = []
        self.address = ""

    def on(self, method: str, pattern: str, route: Route) -> None:
        self.routes[method, pattern] = route

    def page(self, asked: Asked, items: list[Any]) -> Answer:
        """A page of items, with the address of the next in the header Link, as both vendors give it."""
        size, number = int(asked.query.get("per_page", "20")), int(asked.query.get("page", "1"))
        query = "&".join(f"{name}={value}" for name, value in asked.query.items() if name != "page")
        following = f'<{self.address}{asked.path}?{query}&page={number + 1}>; rel="next"'
        has_more = number * size < len(items)
        return Answer(items[(number - 1) * size : number * size], headers={"link": following} if has_more else {})

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self.refusals:
            return self.refusals.pop(0)
        for (method, pattern), route in self.routes.items():
            if method == asked.method and re.fullmatch(pattern, asked.path):
                return route(asked)
        return Answer({"message": "Not Found"}, 404)

    def paths(self, method: str) -> list[str]:
        """What was asked with that method."""
        return [one.path for one in self.asked if one.method == method]


@contextmanager
def serving(vendor: VendorServer) -> Iterator[VendorServer]:
    """Serves with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            found = vendor.answer(Asked(self.command, parts.path, query, headers, body))
            content = b"" if found.value is None else json.dumps(found.value).encode()
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    vendor.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vendor
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
