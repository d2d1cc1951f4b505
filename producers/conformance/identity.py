"""Identity: the same fact has the same id, whatever delivers it; different facts have different ids. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from producers.conformance.case import Case, Outcome, Sample, fields_of, put
from producers.conformance.finding import Finding
from producers.conformance.places import Path, another, changed, leaves, written
from producers.conformance.signing import Asked
from producers.source import Source
from schemas.events import Event

MOST_CHANGES = 10_000
"""Changed payloads that one source is given."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "CommitsPushed": ("branch", "after"),
    "ChangeUpdated": ("change", "action"),
    "ReviewSubmitted": ("review", "state"),
    "ChangeCommented": ("comment",),
    "RunUpdated": ("run", "attempt", "state"),
    "TaskUpdated": ("task", "attempt", "state"),
    "GateEvaluated": ("evaluation",),
    "DeploymentUpdated": ("deployment", "state"),
    "TicketUpdated": ("ticket", "action"),
    "TestsReported": ("report", "state"),
    "FindingsReported": ("report", "state"),
    "ArtifactPublished": ("artifact", "action"),
    "EnvironmentUpdated": ("environment", "action"),
    "IncidentUpdated": ("incident", "state"),
}
"""What tells two facts of one type apart, beside their source and the time at which they happened."""

_OF_A_DELIVERY = re.compile(
    r"(?:delivery|notification|request|message|transport|webhook|hook|dispatch|idempotency|subscription)"
    r"[-_]?(?:id|uuid|guid|key)|delivery",
    re.IGNORECASE,
)
_OF_AN_ENVELOPE = re.compile(r"id|uuid|guid|event[-_]?(?:id|uuid|guid)", re.IGNORECASE)
_OTHER_UUID = "b6f1d2a4-93c7-4e55-8a10-6d2f7c9e0b31"


def identity(source: Source, read: Sequence[tuple[Case, Outcome]], samples: Sequence[Sample]) -> list[Finding]:
    """What is wrong with the ids of `source`, over all that was read and over what else could have come."""
    return [*_folder(read), *_headers(source, samples), *_delivery_ids(source, samples), *_facts(source, samples)]


def facts_of(event: Event) -> dict[str, Any]:
    """What tells an event from all others."""
    told = {name: getattr(event, name) for name in _NAMES[event.type]}
    return {"type": event.type, "source": event.source, "occurred_at": event.occurred_at, **told}


def _folder(read: Iterable[tuple[Case, Outcome]]) -> Iterator[Finding]:
    """Two facts with one id, wherever in the folder they stand."""
    known: dict[str, tuple[Event, str]] = {}
    for case, outcome in read:
        for event in outcome.events:
            other, name = known.setdefault(event.id, (event, case.name))
            yield from _told_apart(other, event, f"{name} and {case.name}" if name != case.name else name)


def _headers(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """A header that is in an id and in no field is the delivery's: a redelivery would be another fact."""
    for sample in samples:
        asked = Asked(sample.case.headers)
        put(source, replace(sample.case, headers=asked))
        delivery_s = {name for name in sample.case.headers if _OF_A_DELIVERY.search(name)}
        for name in {*asked.names, *delivery_s} - {"content-type"}:
            headers = {**sample.case.headers, name: _OTHER_UUID}
            outcome = put(source, replace(sample.case, headers=headers))
            if outcome.event_name == sample.outcome.event_name and _ids_alone_differ(sample.outcome, outcome):
                said = f"the header {name} is part of the id: the same fact, delivered again, is counted twice"
                yield Finding("identity", "fault", said, _REMEDY, (sample.case.name,))


_REMEDY = "make the id of the object's own id, attempt, state and the provider's time (Told.frame)"


def _delivery_ids(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """So is an id of the delivery in the body."""
    for sample in samples:
        for path, value in leaves(sample.document):
            if not _is_of_delivery(path) or isinstance(value, bool | None):
                continue
            outcome = sample.told(source, changed(sample.document, path, _renewed(value)))
            if _ids_alone_differ(sample.outcome, outcome):
                said = f"the field {written(path)} is part of the id, but only names the delivery"
                yield Finding("identity", "fault", said, _REMEDY, (sample.case.name,))


def _facts(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """A payload that says something else, and what it says is another fact: the id must be another."""
    there = [(sample, path, value) for sample in samples for path, value in leaves(sample.document)]
    for sample, path, value in islice(there, MOST_CHANGES):
        outcome = sample.told(source, changed(sample.document, path, another(value)))
        if len(outcome.events) == len(sample.outcome.events):
            for old, new in zip(sample.outcome.events, outcome.events, strict=True):
                yield from _told_apart(old, new, f"{sample.case.name}: {written(path)}")


def _told_apart(one: Event, other: Event, where: str) -> Iterator[Finding]:
    if one.id != other.id:
        return
    facts = facts_of(one)
    differing = [name for name, value in facts_of(other).items() if facts.get(name) != value]
    if differing:
        said = f"two events of the type {one.type} that differ in {', '.join(differing)} have one id"
        yield Finding("identity", "fault", said, f"put {', '.join(differing)} into the id (Told.frame)", (where,))


def _ids_alone_differ(one: Outcome, other: Outcome) -> bool:
    if len(one.events) != len(other.events):
        return False
    pairs = list(zip(one.events, other.events, strict=True))
    return any(a.id != b.id for a, b in pairs) and all(fields_of(a) == fields_of(b) for a, b in pairs)


def _is_of_delivery(path: Path) -> bool:
    name = str(path[-1])
    return _OF_A_DELIVERY.fullmatch(name) is not None or (
        len(path) == 1 and _OF_AN_ENVELOPE.fullmatch(name) is not None
    )


def _renewed(value: Any) -> Any:
    return another(value) if not isinstance(value, str) else _OTHER_UUID if len(value) == 36 else f"{value}9"
