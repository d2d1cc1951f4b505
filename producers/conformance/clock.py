"""Clock: what happened when is told by the vendor; receipt, this machine's time and its zone say nothing. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from producers.conformance.case import RECEIVED_AT, Case, Outcome, Sample, fields_of, put
from producers.conformance.finding import Finding
from producers.conformance.machine import Machine
from producers.conformance.places import is_time, leaves, written
from producers.source import Source
from schemas.events import Event

ZONES = ("Pacific/Kiritimati", "America/Anchorage")
"""Two zones that are a day apart."""

_LATER = RECEIVED_AT + timedelta(days=40, hours=5, seconds=7)
_ELSEWHERE = timezone(timedelta(hours=-7))
_OFFSET = re.compile(r"(?P<time>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?) ?(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})")
_ASKS = "take the time from the payload; never ask the machine"
_ZONE = "read times with payload.moment, which takes the offset that is written and refuses a time without one"


def clock(source: Source, samples: Sequence[Sample], machine: Machine) -> Iterator[Finding]:
    """What is wrong with the times of `source`."""
    for sample in samples:
        yield from _receipt(source, sample)
        yield from _elsewhere(source, sample)
        for event in sample.outcome.events:
            if abs(event.occurred_at - machine.now) < timedelta(hours=1):
                yield Finding("clock", "fault", "an event happens when it is read", _ASKS, (sample.case.name,))
    yield from _zones(source, samples, machine)


def _receipt(source: Source, sample: Sample) -> Iterator[Finding]:
    """The same payload, received later, is the same fact: even one that tells no time has one id."""
    later = put(source, sample.case, _LATER)
    if len(later.events) != len(sample.outcome.events):
        said = "a payload becomes other events when it is received later"
        yield Finding("clock", "fault", said, "never look at `received_at`", (sample.case.name,))
        return
    told = [written(path) for path, value in leaves(sample.document) if is_time(value)]
    for before, after in zip(sample.outcome.events, later.events, strict=True):
        if before.id != after.id:
            said = "the time of receipt is part of the id: a delivery that comes again is counted twice"
            remedy = "use the provider's time; where there is none, leave the time out of the id"
            yield Finding("clock", "fault", said, remedy, (sample.case.name,))
        elif fields_of(before) != fields_of(after) and told:
            said = "an event happens when it is received, though the payload tells times"
            remedy = f"use the provider's time if one of these is it, such as {told[0]}"
            yield Finding("clock", "gap", said, remedy, (sample.case.name,))


def _elsewhere(source: Source, sample: Sample) -> Iterator[Finding]:
    """The same moments, written with another offset from UTC."""
    moved = _all_texts(sample.document, _in_another_zone)
    if moved == sample.document:
        return
    outcome = sample.told(source, moved)
    if len(outcome.events) == len(sample.outcome.events):
        pairs = zip(sample.outcome.events, outcome.events, strict=True)
        if any(before.occurred_at != after.occurred_at for before, after in pairs):
            yield Finding("clock", "fault", "the offset of a time from UTC is not read", _ZONE, (sample.case.name,))


def _zones(source: Source, samples: Sequence[Sample], machine: Machine) -> Iterator[Finding]:
    """Everything, and everything again with times that lost their offset, in two zones of this machine."""
    cases = [sample.case for sample in samples]
    cases += [sample.case.with_document(_all_texts(sample.document, _without_offset)) for sample in samples]
    there, here = (machine.in_zone(zone, lambda: _put_all(source, cases)) for zone in ZONES)
    for case, one, other in zip(cases, there, here, strict=True):
        if _moments(one.events) != _moments(other.events):
            said = "this machine's time zone decides when something happened"
            yield Finding("clock", "fault", said, _ZONE, (case.name,))


def _put_all(source: Source, cases: Sequence[Case]) -> list[Outcome]:
    return [put(source, replace(case)) for case in cases]


def _moments(events: Sequence[Event]) -> list[tuple[str, Any]]:
    return [(event.id, fields_of(event)) for event in events]


def _all_texts(document: Any, rewrite: Any) -> Any:
    """A copy of `document` with every text rewritten."""
    if isinstance(document, dict):
        return {key: _all_texts(value, rewrite) for key, value in document.items()}
    if isinstance(document, list):
        return [_all_texts(value, rewrite) for value in document]
    return rewrite(document) if isinstance(document, str) else document


def _without_offset(text: str) -> str:
    match = _OFFSET.fullmatch(text)
    return match["time"] if match else text


def _in_another_zone(text: str) -> str:
    """The same moment seven hours west of Greenwich, its offset written as it was; texts and UTC's own forms too."""
    match = _OFFSET.fullmatch(text)
    if match is None:
        return text
    offset = "+00:00" if match["offset"] in ("Z", "UTC") else match["offset"]
    try:
        moment = datetime.fromisoformat(match["time"] + offset).astimezone(_ELSEWHERE)
    except (ValueError, OverflowError):  # no time after all
        return text
    colon = ":" if match["offset"] == "Z" or ":" in match["offset"] else ""
    space = " " if text[match.end("time") : match.start("offset")] else ""
    return f"{moment.replace(tzinfo=None).isoformat(text[10:11])}{space}-07{colon}00"
