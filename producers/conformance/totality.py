"""Totality: every payload leaves by a door, whatever it lacks or holds, and an unknown event by the last. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson

from producers.conformance.case import RECEIVED_AT, SALT, Case, Outcome, Sample, first_seen, put
from producers.conformance.finding import Finding
from producers.conformance.places import GONE, Path, changed, is_time, leaves, places, written
from producers.json_strict import parse_body
from producers.personal import hash_personal
from producers.source import Source, Unmappable
from producers.vendor import Vendor
from schemas.deliveries import Delivery

UNKNOWN = "an-event-that-no-vendor-has"
MOST_CHANGES = 10_000
"""Changed payloads that one source is given."""

_ODD: tuple[Any, ...] = (
    "", "\x00", "x\x00y", "é" * 2_000, 0, -1, 10**18, 1.5, True, [], {}, [1], [[]], [None], {"id": 1}, "tomorrow",
    "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-05T10:00:00",
)  # fmt: skip
_ROOTS: tuple[Any, ...] = ([], [1], [{}], {}, None, 1, "text", True)
_READ_IT = "read it through producers.payload, which names what is missing, or raise Unmappable with the field"


def totality(source: Source, read: Iterable[tuple[Case, Outcome]], samples: Sequence[Sample]) -> list[Finding]:
    """What is wrong with the doors of `source`: for payloads as they came, for what is left of them, for others."""
    exceptions = [_exception(outcome, case.name) for case, outcome in read if outcome.door == "exception"]
    return [*exceptions, *_changed(source, samples), *_roots(source, samples), *_unknown(source, samples)]


def _changed(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    for sample, path, document in islice(_changes(samples), MOST_CHANGES):
        outcome = sample.told(source, document)
        where = f"{sample.case.name}: {written(path)}"
        if outcome.door == "exception":
            yield _exception(outcome, where)
        elif outcome.door == "dead-letter" and not outcome.field and outcome.event_name == sample.outcome.event_name:
            said = "a dead letter of a field does not name it"
            yield Finding("totality", "gap", said, "raise Unmappable(reason, field), or payload.unfit(…)", (where,))
    for sample in samples:
        for name in sample.case.headers:
            kept = {key: value for key, value in sample.case.headers.items() if key != name}
            outcome = put(source, replace(sample.case, headers=kept))
            if outcome.door == "exception":
                yield _exception(outcome, f"{sample.case.name}: without the header {name}")


def _changes(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Path, Any]]:
    """Each value gone, null, too much and of another kind; then those of like payloads, each in one of these ways."""
    for index, (sample, path, value) in enumerate(first_seen(samples)):
        for odd in (GONE, None, _too_much(value), _ODD[index % len(_ODD)], _ODD[(index + 7) % len(_ODD)]):
            yield sample, path, changed(sample.document, path, odd)
    kinds = (GONE, None, *_ODD)
    again = ((sample, path) for sample in samples for path, _ in places(sample.document))
    for index, (sample, path) in enumerate(again):
        yield sample, path, changed(sample.document, path, kinds[index % len(kinds)])


def _too_much(value: Any) -> Any:
    """A value of the same kind that no computer counts with and no event may carry."""
    if isinstance(value, str):
        return "9999-12-31T23:59:59-14:00" if is_time(value) else f"{value}\x00"
    return [None] if isinstance(value, list) else {"": None} if isinstance(value, dict) else 10**18


def _roots(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    for sample in samples[:3]:
        for document in _ROOTS:
            outcome = sample.told(source, document)
            if outcome.door == "exception":
                yield _exception(outcome, f"{sample.case.name}: the whole body is {orjson.dumps(document).decode()}")


def _unknown(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """An event that is neither handled nor ignored must be told, never swallowed."""
    remedy = "name events in `handles` or `ignores`; raise Unmappable for any other, so that it becomes a dead letter"
    for case in _unknown_cases(source, samples):
        outcome = put(source, case)
        if outcome.door == "exception":
            yield _exception(outcome, f"an event called {UNKNOWN}")
        elif outcome.door in ("accepted", "ignored"):
            said = f"an unknown event is {'swallowed' if outcome.door == 'ignored' else 'taken for another'}"
            yield Finding("totality", "fault", said, remedy, (case.name,))
        elif _normalises(source, case):
            said = "`normalise` gives no events for an unknown event, and does not say so"
            yield Finding("totality", "fault", said, remedy, (case.name,))


def _unknown_cases(source: Source, samples: Sequence[Sample]) -> Iterator[Case]:
    """Requests that name an event that nobody knows, where the vendor names it."""
    if isinstance(source, Vendor):
        headers, body = source.naming.request(UNKNOWN)
        if headers or body:
            yield Case("an empty body", {"content-type": "application/json", **headers}, orjson.dumps(body))
    seen: set[str] = set()
    for sample in samples:
        name = sample.outcome.event_name
        if name in seen:
            continue
        seen.add(name)
        yield from (case for case in _renamed(sample, name) if _name_of(source, case) == UNKNOWN)


def _renamed(sample: Sample, name: str) -> Iterator[Case]:
    for header, value in sample.case.headers.items():
        if value == name:
            yield replace(sample.case, headers={**sample.case.headers, header: UNKNOWN})
    for path, value in leaves(sample.document):
        if value == name:
            yield sample.case.with_document(changed(sample.document, path, UNKNOWN))


def _name_of(source: Source, case: Case) -> str:
    """The name that a renamed request has for the source, UNKNOWN where it gives it another name of its own making."""
    try:
        name = source.event_name(case.headers, case.body)
    except Unmappable:  # it says itself that it does not know it
        return ""
    except Exception:  # told elsewhere
        return UNKNOWN
    return UNKNOWN if name == UNKNOWN or name in source.ignores else name


def _normalises(source: Source, case: Case) -> bool:
    """Whether `normalise` itself, of which replays ask directly, lets an unknown event go."""
    document = hash_personal(parse_body(case.headers, case.body)[0], source.personal, SALT)[0]
    try:
        source.normalise(Delivery(source.name, case.headers, case.body, None, RECEIVED_AT, document))
    except Exception:  # Unmappable as it should; or another exception, which the doors above tell of
        return False
    return True


def _exception(outcome: Outcome, where: str) -> Finding:
    return Finding("totality", "fault", f"{outcome.reason} leaves the source", _READ_IT, (where,))
