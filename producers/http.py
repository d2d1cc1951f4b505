"""The gateway's HTTP: a POST becomes a delivery, and what became of it an answer."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from producers.body import BODY_CAP, BodyMemory, Crowded, HungUp, discard_rest, read_body
from producers.durability import Keeper, Unavailable
from producers.gateway import Intake, TooLarge, take_in
from producers.quota import Bucket, OverQuota
from producers.redaction import DEFAULT, Redaction
from producers.source import EVENTS, OpenSource, Reducing, Refused, UnknownSource
from producers.tracing import blame, describe, route_of, sending, start_span
from schemas.catalog import Catalog
from schemas.codec import encode
from schemas.deliveries import Delivery
from schemas.instruments import histogram, tally

log = structlog.get_logger()

_BIG_BODY = 256 << 10
_MOST_BODY_BYTES = 256 << 20
_DISCARD_S = 5.0
_METHODS = {method: method for method in ("GET", "HEAD", "POST")}
_deliveries = tally("pipegauge.deliveries")
_dead_letters = tally("pipegauge.dead_letters")
_duration = histogram("http.server.request.duration")

MetricsText = Callable[[str], tuple[bytes, str]]
"""The metrics of the process in the format that an Accept header asks for, and its content type."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What deliveries are taken in by: it is replaced whole when the configuration is read anew."""

    sources: Mapping[str, OpenSource]
    catalog: Catalog
    loaded_at: datetime
    redaction: Redaction = DEFAULT


class Hooks:
    """`POST /hooks/{source}[/{token}]`, `POST /reports/{format}` and `POST /events` as an ASGI application.

    `in_flight` counts requests without their answer. `rules` may be replaced at any time: a request that has begun ends
    by those it began with. `fault` says why the configuration that was read last is not in force. `reached` is told
    `before_publish` and `after_ack` of each delivery: a test may end the process there.
    """

    def __init__(
        self, rules: Rules, salt: bytes, keeper: Keeper, body_deadline: float, reached: Callable[[str], None]
    ) -> None:
        self.rules = rules
        self.fault: str | None = None
        self._salt = salt
        self._keeper = keeper
        self._body_deadline = body_deadline
        self._reached = reached
        self._memory = BodyMemory(_MOST_BODY_BYTES)
        self._buckets: defaultdict[str, Bucket] = defaultdict(Bucket)
        self._big_bodies = ThreadPoolExecutor(2, thread_name_prefix="big-body")
        self.in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.last_kept: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request. The path, which may hold a token, is neither logged nor put into a span."""
        self.in_flight += 1
        self._idle.clear()
        began = time.perf_counter()
        rules = self.rules
        source, _, token = _of_source(scope["path"]).partition("/")
        try:
            status = await self._answer(scope, receive, send, rules, source, token or None)
            labels = _labels(_METHODS.get(scope["method"], "_OTHER"), route_of(scope["path"]), status)
            _duration.record(time.perf_counter() - began, labels)
        except HungUp:  # nobody is there to be answered
            _deliveries.add(source if source in rules.sources else "unknown", "hung-up")
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()

    async def all_answered(self, patience: float) -> None:
        """Returns when every request has its answer, or after `patience` seconds."""
        await asyncio.wait([asyncio.ensure_future(self._idle.wait())], timeout=patience)

    def freshness(self) -> float | None:
        """Seconds since a delivery was kept; None before the first."""
        return None if self.last_kept is None else round(time.monotonic() - self.last_kept, 3)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, rules: Rules, source: str, token: str | None
    ) -> int:
        """Answers with a status, and returns it."""
        counted = source if source in rules.sources else "unknown"
        try:
            if scope["method"] != "POST":
                await _send_problem(send, 405, "Method not allowed", "post deliveries here", [(b"allow", b"POST")])
                return 405
            outcome, body = await self._kept(scope, receive, rules, source, token)
            status = 202
            await _send(send, status, b"application/json", body, ())
        except OverQuota as over:  # the sender comes again
            outcome, status = "over-quota", over.status
            await _send_problem(send, over.status, over.title, over.detail, _retry_after(over.retry_after))
            await discard_rest(receive, 2 * BODY_CAP, _DISCARD_S)
        except Refused as refused:  # the sender's fault
            outcome, status = "refused", refused.status
            await _send_problem(send, refused.status, refused.title, refused.detail)
            if isinstance(refused, TooLarge):
                await discard_rest(receive, 2 * BODY_CAP, _DISCARD_S)
        except Unavailable as unavailable:  # neither Kafka nor the disk took it: the sender comes again
            outcome, status = "unavailable", 503
            await _send_problem(send, 503, "Not kept", unavailable.detail, _retry_after(unavailable.retry_after))
        except HungUp:
            raise
        except Exception as error:  # a defect of ours: the sender must not take the delivery for kept
            outcome, status = "failed", 500
            log.error("delivery failed", source=counted, exc_info=error)
            await _send_problem(send, 500, "Internal error", "the delivery was not kept; send it again later")
        _deliveries.add(counted, outcome)
        return status

    async def _kept(
        self, scope: Scope, receive: Receive, rules: Rules, source: str, token: str | None
    ) -> tuple[str, bytes]:
        open_source = rules.sources.get(source)
        path = scope["path"].removesuffix(f"/{token}" if token else "")
        if open_source is None or path.rstrip("/") != open_source.path or (token is not None and "/" in token):
            raise UnknownSource("no such source; `sources:` in pipegauge.yaml names those that may post")
        quota, bucket = open_source.settings.quota, self._buckets[source]
        if quota is not None:
            bucket.check(quota, time.monotonic())
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await read_body(headers, receive, self._body_deadline, self._memory)
        except Crowded as crowded:
            raise Unavailable("too many large deliveries at once; send it again later") from crowded
        span, traceparent = start_span(source, headers, route_of(scope["path"]))
        try:
            delivery = Delivery(source, headers, body, token, datetime.now(UTC))
            intake = await self._taken_in(delivery, open_source, rules, traceparent)
            if quota is not None:  # taken for what is authentic: a stranger cannot use up a sender's quota
                bucket.take(quota, time.monotonic())
            self._reached("before_publish")
            with sending(span, len(intake.records)):
                stored = await self._keeper.keep(intake.records)
            self._reached("after_ack")
            describe(span, intake, stored)
        except Exception as error:
            blame(span, error)
            raise
        finally:
            span.end()
            self._memory.give_back(len(body))
        self.last_kept = time.monotonic()
        if intake.fault is not None:
            _dead_letters.add("normalise", intake.fault)
        return intake.outcome, encode(intake.answer(stored))

    async def _taken_in(self, delivery: Delivery, of: OpenSource, rules: Rules, traceparent: str) -> Intake:
        settled = (rules.catalog, self._salt, traceparent, rules.redaction)
        arguments = (delivery, of.source, of.secrets, of.settings, *settled)
        # What is packed in a small body may take as long to read as a big one.
        if len(delivery.body) <= _BIG_BODY and not isinstance(of.source, Reducing):
            return take_in(*arguments)
        return await asyncio.get_running_loop().run_in_executor(self._big_bodies, take_in, *arguments)


def application(hooks: Hooks, keeper: Keeper, version: str, metrics_text: MetricsText) -> ASGIApp:
    """Everything the gateway serves. Deliveries do not pass through Starlette's middleware: it would cost a tenth."""

    async def status(_: Request) -> Response:
        known = {"lag": {}, "dirty": 0, "spool_depth": keeper.spool_depth, "freshness": hooks.freshness()}
        config = {"loaded_at": hooks.rules.loaded_at.isoformat(), "fault": hooks.fault}
        return JSONResponse({"version": version, **known, "config": config})

    def metrics(request: Request) -> Response:  # in a thread: it reads everything
        body, type_ = metrics_text(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": type_})

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        return JSONResponse({"ready": keeper.ready}, 200 if keeper.ready else 503)

    async def refuse(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return Response(
            _problem(error.status_code, error.detail, error.detail), error.status_code, error.headers, _PROBLEM
        )

    pages = {"/status": status, "/health/live": live, "/health/ready": ready, "/metrics": metrics}
    routes = [Route(path, page) for path, page in pages.items()]
    others = Starlette(routes=routes, exception_handlers={HTTPException: refuse})

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _of_source(scope["path"]):
            await hooks(scope, receive, send)
        else:
            await others(scope, receive, send)

    return either


def _of_source(path: str) -> str:
    """A source's name with its token, if there is one, behind a slash; '' for the path of another page."""
    if path == f"/{EVENTS}" or path.startswith(f"/{EVENTS}/"):
        return path[1:]
    kind, _, rest = path[1:].partition("/")
    return rest or "/" if kind in ("hooks", "reports") and path.count("/") > 1 else ""


_PROBLEM = "application/problem+json"


def _problem(status: int, title: str, detail: str) -> bytes:
    return orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})


def _retry_after(seconds: int) -> list[tuple[bytes, bytes]]:
    return [(b"retry-after", str(seconds).encode())]


async def _send_problem(
    send: Send, status: int, title: str, detail: str, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    await _send(send, status, _PROBLEM.encode(), _problem(status, title, detail), headers)


async def _send(send: Send, status: int, type_: bytes, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
    length = str(len(body)).encode()
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", type_), (b"content-length", length), *headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


@cache
def _labels(method: str, route: str, status: int) -> dict[str, str | int]:
    return {"http.request.method": method, "http.route": route, "http.response.status_code": status}
