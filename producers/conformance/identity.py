"""Identity: the same fact has the same id, whatever delivers it; different facts have different ids. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from producers.conformance.case import Case, Outcome, Sample, fields_of, put
from producers.conformance.finding import Finding
from producers.conformance.places import Path, another, changed, is_time, leaves, written
from producers.conformance.signing import Asked
from producers.source import Source
from schemas.events import Event

MOST_CHANGES = 10_000
"""Changed payloads that one source is given."""

_OBJECTS: Mapping[str, tuple[str, ...]] = {
    "CommitsPushed": ("branch", "after"),
    "ChangeUpdated": ("change",),
    "ReviewSubmitted": ("review",),
    "ChangeCommented": ("comment",),
    "RunUpdated": ("run",),
    "TaskUpdated": ("task",),
    "GateEvaluated": ("evaluation",),
    "DeploymentUpdated": ("deployment",),
    "TicketUpdated": ("ticket",),
    "TestsReported": ("report",),
    "FindingsReported": ("report",),
    "ArtifactPublished": ("artifact",),
    "EnvironmentUpdated": ("environment",),
    "IncidentUpdated": ("incident",),
}
"""What an event of each type is about."""
_NEVER_EXCUSED = frozenset({"type", "source", "occurred_at", "attempt", "state", "action"})
_NAMES_AN_OBJECT = re.compile(r"(?:id|key|number|name|fingerprint|identifier)$", re.IGNORECASE)

_OF_A_DELIVERY = re.compile(
    r"(?:delivery|notification|request|message|transport|webhook|hook|dispatch|idempotency|subscription)"
    r"[-_]?(?:id|uuid|guid|key)|delivery",
    re.IGNORECASE,
)
_OF_AN_ENVELOPE = re.compile(r"id|uuid|guid|event[-_]?(?:id|uuid|guid)", re.IGNORECASE)
_MEANS_NOTHING = re.compile(r"(?=.*[0-9])(?=.*[a-z_-])[\w-]{12,64}", re.IGNORECASE | re.ASCII)
_OTHER_UUID = "b6f1d2a4-93c7-4e55-8a10-6d2f7c9e0b31"


def identity(source: Source, read: Sequence[tuple[Case, Outcome]], samples: Sequence[Sample]) -> list[Finding]:
    """What is wrong with the ids of `source`, over all that was read and over what else could have come."""
    others = [sample for sample in samples if not _speaks_ours(sample)]
    return [*_folder(read), *_headers(source, samples), *_delivery_ids(source, others), *_facts(source, others)]


def facts_of(event: Event) -> dict[str, Any]:
    """What tells an event from all others."""
    names = [*_OBJECTS[event.type], "source", "occurred_at", "attempt", "state", "action"]
    return {"type": event.type, **{name: getattr(event, name) for name in names if hasattr(event, name)}}


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
            if not _is_of_delivery(path, value):
                continue
            outcome = sample.told(source, changed(sample.document, path, _renewed(value)))
            if _ids_alone_differ(sample.outcome, outcome):
                said = f"the field {written(path)} is part of the id, but only names the delivery"
                yield Finding("identity", "fault", said, _REMEDY, (sample.case.name,))


def _facts(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """A payload with one value changed, that says another fact: the id must be another."""
    # A flag does not change alone: what was merged or made a draft has another time, too.
    there = [
        (sample, path, value)
        for sample in samples
        for path, value in leaves(sample.document)
        if not isinstance(value, bool)
    ]
    for sample, changes in groupby(islice(there, MOST_CHANGES), key=itemgetter(0)):
        told = [
            (path, value, sample.told(source, changed(sample.document, path, another(value))))
            for _, path, value in changes
        ]
        like = [one for one in told if len(one[2].events) == len(sample.outcome.events)]
        for index, old in enumerate(sample.outcome.events):
            yield from _of_event(sample, old, [(path, value, outcome.events[index]) for path, value, outcome in like])


def _of_event(sample: Sample, old: Event, changes: Sequence[tuple[Path, Any, Event]]) -> Iterator[Finding]:
    """What differs under one id. An object may be told by another id than the one that is shown of it, such as a
    ticket by its number and not by its key; and a moment by another, such as an alert's end by its beginning."""
    known, excused = facts_of(old), set[str]()
    for path, value, new in changes:
        differing = {name for name, fact in facts_of(new).items() if known.get(name) != fact}
        if old.id != new.id and is_time(value):
            excused.add("occurred_at")
        elif new.id != old.id and _NAMES_AN_OBJECT.search(str(path[-1])) and not differing & _NEVER_EXCUSED:
            excused.update(_OBJECTS[old.type])
    for path, _, new in changes:
        # What is called after its repository differs with it, and the repository is in the id as the source.
        also = _OBJECTS[old.type] if new.origin != old.origin else ()
        yield from _told_apart(old, new, f"{sample.case.name}: {written(path)}", excused.union(also))


def _told_apart(one: Event, other: Event, where: str, excused: Collection[str] = ()) -> Iterator[Finding]:
    if one.id != other.id:
        return
    facts = facts_of(one)
    differing = [name for name, value in facts_of(other).items() if facts.get(name) != value and name not in excused]
    if differing:
        said = f"two events of the type {one.type} that differ in {', '.join(differing)} have one id"
        yield Finding("identity", "fault", said, f"put {', '.join(differing)} into the id (Told.frame)", (where,))


def _ids_alone_differ(one: Outcome, other: Outcome) -> bool:
    if len(one.events) != len(other.events):
        return False
    pairs = list(zip(one.events, other.events, strict=True))
    return any(a.id != b.id for a, b in pairs) and all(fields_of(a) == fields_of(b) for a, b in pairs)


def _is_of_delivery(path: Path, value: Any) -> bool:
    """Whether a value names the delivery. Objects are numbered by vendors, deliveries have ids that mean nothing."""
    name = str(path[-1])
    if isinstance(value, bool | None):
        return False
    if _OF_A_DELIVERY.fullmatch(name):
        return True
    return (
        len(path) == 1
        and _OF_AN_ENVELOPE.fullmatch(name) is not None
        and _MEANS_NOTHING.fullmatch(str(value)) is not None
    )


def _speaks_ours(sample: Sample) -> bool:
    """Whether the sender sends events of ours: then it names them itself, and answers for their ids."""
    texts = {value for _, value in leaves(sample.document) if isinstance(value, str)}
    return any(event.type in texts for event in sample.outcome.events)


def _renewed(value: Any) -> Any:
    return another(value) if not isinstance(value, str) else _OTHER_UUID if len(value) == 36 else f"{value}9"
