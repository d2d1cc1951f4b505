"""The trace of a delivery: the sender's, or a new one where the sender has none."""

import random

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from producers.gateway import TRACEPARENT
from schemas.deliveries import Headers

_TRACER = trace.get_tracer("pipegauge.gateway")
_W3C = TraceContextTextMapPropagator()


def start_span(source: str, headers: Headers) -> tuple[trace.Span, str]:
    """A span for one delivery, which the caller ends, and the `traceparent` that the delivery's records carry.

    It is not made the current span: nothing below it looks for one, and a switch of context costs more than the span.
    """
    sender = _W3C.extract({TRACEPARENT: headers[TRACEPARENT]}) if TRACEPARENT in headers else None
    span = _TRACER.start_span(f"receive {source}", context=sender, kind=trace.SpanKind.SERVER)
    known = span.get_span_context()
    if known.is_valid:
        return span, f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"
    # No SDK is configured: the stream's trace starts here all the same.
    return span, f"00-{random.getrandbits(128) | 1:032x}-{random.getrandbits(64) | 1:016x}-01"
