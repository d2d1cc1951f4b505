"""Cost: what `normalise` takes for a payload, in microseconds. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from producers.conformance.case import RECEIVED_AT, SALT, Case, document_of
from producers.conformance.finding import Finding
from producers.personal import hash_personal
from producers.source import Source, Unmappable
from schemas.deliveries import Delivery

MEDIAN_US = 300
P99_US = 2_000
_TIMES = 3
"""Each payload is read so often, and the fastest counts: the others measure what else the machine did."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds that `normalise` takes; None where there was nothing to measure."""

    median_us: float | None
    p99_us: float | None


def cost_of(source: Source, cases: Sequence[Case], stopwatch: Callable[[], float]) -> Cost:
    """The cost over the payloads that `source` maps, or would."""
    measured = sorted(1e6 * min(_seconds(source, case, stopwatch) for _ in range(_TIMES)) for case in cases)
    if not measured:
        return Cost(None, None)
    return Cost(round(_rank(measured, 0.5), 1), round(_rank(measured, 0.99), 1))


def cost(found: Cost) -> Iterator[Finding]:
    """Whether that is more than a gateway can spare."""
    remedy = "look for what is done more than once a payload; a profiler tells"
    for told, value, limit in (("median", found.median_us, MEDIAN_US), ("p99", found.p99_us, P99_US)):
        if value is not None and value > limit:
            said = f"`normalise` takes {value:,.0f} µs ({told}), more than {limit:,} µs"
            yield Finding("cost", "gap", said, remedy)


def _seconds(source: Source, case: Case, stopwatch: Callable[[], float]) -> float:
    document = hash_personal(document_of(source, case), source.personal, SALT)[0]
    delivery = Delivery(source.name, case.headers, case.body, None, RECEIVED_AT, document)
    begun = stopwatch()
    try:
        source.normalise(delivery)
    except Unmappable:  # finding out takes time, too
        pass
    except Exception:  # totality tells of it
        pass
    return stopwatch() - begun


def _rank(ordered: Sequence[float], share: float) -> float:
    """The value of nearest rank."""
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)]
