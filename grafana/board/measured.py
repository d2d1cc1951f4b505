"""The board's own figures: how long its answers take, how fresh what it can read is, and the page /metrics."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grafana.board.app import FRESHNESS, PATIENCE_S
from grafana.board.database import Database, QueryError
from schemas.instruments import gauge, histogram

MetricsText = Callable[[str], tuple[bytes, str]]
"""The metrics of the process in the format that an Accept header asks for, and its content type."""

_duration = histogram("http.server.request.duration")


class Measured:
    """An ASGI application with /metrics beside it, and each answer's time."""

    def __init__(self, app: ASGIApp, metrics_text: MetricsText) -> None:
        self._app = app
        self._metrics_text = metrics_text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/metrics":
            accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
            body, type_ = await asyncio.to_thread(self._metrics_text, accept)
            await Response(body, headers={"content-type": type_})(scope, receive, send)
        else:
            await self._measure(scope, receive, send)

    async def _measure(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "_OTHER"
            labels = {"http.request.method": method, "http.route": route_of(scope)}
            _duration.record(time.perf_counter() - began, {**labels, "http.response.status_code": status})


def route_of(scope: Scope) -> str:
    """The pattern of the address that answered a request, `other` where none did."""
    path: str = scope["path"]
    if "endpoint" not in scope:
        return "other"
    if scope.get("root_path"):  # what is mounted there has many addresses
        return f"{scope['root_path']}/{{path}}"
    parameters: dict[str, Any] = scope.get("path_params", {})
    for name, value in parameters.items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return path


def tell_freshness(database: Database) -> None:
    """Tells the age of the newest event that can be read, whenever the metrics are; None while ClickHouse is away."""
    asking: list[threading.Thread] = []
    known: list[float | None] = [None]

    def ask() -> None:
        try:
            age = database.query(FRESHNESS).rows[0][0]
            known[0] = age if isinstance(age, int | float) else None
        except QueryError:  # whoever reads metrics gets the others just when ClickHouse does not answer
            known[0] = None

    def read() -> float | None:
        if not asking or not asking[0].is_alive():
            asking[:] = [threading.Thread(target=ask, name="board-freshness", daemon=True)]
            asking[0].start()
        asking[0].join(PATIENCE_S)
        return None if asking[0].is_alive() else known[0]

    gauge("pipegauge.freshness", read)
