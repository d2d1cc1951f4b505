"""Microseconds that a delivery's span and metrics take, and an event's span: a process of its own, `telemetry_cost`'s.

python -m benchmarks.telemetry_steps COUNT SAMPLE [ENDPOINT]
"""

import sys
import time
from collections.abc import Callable

from deploy.logs import configure_logs
from deploy.telemetry import configured
from producers.gateway import Intake
from producers.http import _deliveries, _duration, _labels
from producers.tracing import describe, route_of, sending, start_span
from schemas.config import Otlp
from stream_processors.agents.shell import Arrival, _traced

INTAKE = Intake("id", "accepted", (), ())
ROUTE = route_of("/hooks/github")


def delivery() -> str:
    """What the gateway does for one; the trace that its records carry."""
    span, traceparent = start_span("github", {}, ROUTE)
    with sending(span, 2):
        pass
    describe(span, INTAKE, "kafka")
    span.end()
    _duration.record(0.02, _labels("POST", ROUTE, 202))
    _deliveries.add("github", "accepted")
    return traceparent


def event(traceparent: bytes) -> None:
    """What the worker does for one."""
    _traced("correlate", Arrival("events", 1, 1, 1, "a", b"", {"traceparent": traceparent}), lambda _: None)


def microseconds(call: Callable[[], object], count: int) -> float:
    """The thread's own time: others on this machine do not count, nor does the exporter's thread."""
    began = time.thread_time()
    for _ in range(count):
        call()
    return (time.thread_time() - began) / count * 1e6


def main(count: int, sample: float, endpoint: str | None) -> None:
    """Print both."""
    configure_logs()
    with configured("gateway", Otlp(endpoint=endpoint, sample=sample) if endpoint else None, lambda one: one):
        carried = delivery().encode()
        print(microseconds(delivery, count), microseconds(lambda: event(carried), count))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
