"""The trace of a delivery: the sender's, or a new one where the sender has none."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from producers.durability import Unavailable
from producers.gateway import TRACEPARENT, Intake
from producers.source import Refused
from schemas.deliveries import Headers
from schemas.topics import DELIVERIES

_TRACER = trace.get_tracer("pipegauge.gateway")
_W3C = TraceContextTextMapPropagator()
_ROUTES = {"hooks": "/hooks/{source}", "reports": "/reports/{format}", "events": "/events"}
_OF_A_SEND = {
    "messaging.system": "kafka",
    "messaging.operation.type": "send",
    "messaging.operation.name": "send",
    "messaging.destination.name": DELIVERIES,  # and with it what the delivery says, on events or dead-letters
}


def route_of(path: str) -> str:
    """The pattern of an address that takes deliveries."""
    return _ROUTES[path.split("/", 2)[1]]


def start_span(source: str, headers: Headers, route: str | None = None) -> tuple[trace.Span, str]:
    """A span for one delivery, which the caller ends, and the `traceparent` that the delivery's records carry.

    `route` is the pattern of the address that it was posted to, None for one that is replayed.

    It is not made the current span: nothing below it looks for one, and a switch of context costs more than the span.
    """
    sender = _W3C.extract({TRACEPARENT: headers[TRACEPARENT]}) if TRACEPARENT in headers else None
    request = {"http.request.method": "POST", "http.route": route} if route else None
    span = _TRACER.start_span(f"receive {source}", context=sender, kind=trace.SpanKind.SERVER, attributes=request)
    known = span.get_span_context()
    if known.is_valid:
        return span, f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"
    # Nothing is exported: the stream's trace starts here all the same, with flags that say that nobody records it.
    return span, f"00-{random.getrandbits(128) | 1:032x}-{random.getrandbits(64) | 1:016x}-00"


@contextmanager
def sending(span: trace.Span, records: int) -> Iterator[None]:
    """A span below `span`, for the time until a delivery's records are kept; none where `span` is not recorded."""
    if not span.is_recording():
        yield
        return
    send = _TRACER.start_span(
        f"send {DELIVERIES}",
        context=trace.set_span_in_context(span),
        kind=trace.SpanKind.PRODUCER,
        attributes={**_OF_A_SEND, "messaging.batch.message_count": records},
    )
    try:
        yield
    finally:
        send.end()


def describe(span: trace.Span, intake: Intake, stored: Literal["kafka", "spool"]) -> None:
    """Notes on a span what became of its delivery."""
    if span.is_recording():
        span.set_attributes(
            {
                "http.response.status_code": 202,
                "pipegauge.delivery": intake.delivery,
                "pipegauge.outcome": intake.outcome,
                "pipegauge.stored": stored,
            }
        )


def blame(span: trace.Span, error: Exception) -> None:
    """Notes on a span why its delivery was not kept; never the error's own words, which may quote the body."""
    if not span.is_recording():
        return
    status = error.status if isinstance(error, Refused) else 503 if isinstance(error, Unavailable) else 500
    span.set_attributes({"http.response.status_code": status, "error.type": type(error).__name__})
    if status >= 500:
        span.set_status(trace.StatusCode.ERROR)
