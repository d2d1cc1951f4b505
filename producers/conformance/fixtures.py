"""Fixtures: every handled event has a case that becomes what was written down, every ignored one a reason. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from producers.conformance.case import Case, Outcome, put
from producers.conformance.finding import Finding
from producers.source import Source
from schemas.codec import encode_event


def fixtures(source: Source, cases: Sequence[Case] | None, folder: str) -> Iterator[Finding]:
    """What is missing in the fixtures of `source`, or differs from them; `folder` is where they stand, or should."""
    yield from _reasons(source)
    for name in sorted(source.handles & source.ignores):
        yield Finding("fixtures", "fault", f"{name} is both handled and ignored", "leave it in one of the two")
    if cases is None:
        yield Finding("fixtures", "gap", f"there are no fixtures at {folder}", "name their folder with --fixtures DIR")
        return
    outcomes = [(case, put(source, case)) for case in cases]
    becoming = {outcome.event_name for _, outcome in outcomes if outcome.events}
    for name in sorted(source.handles - becoming):
        said, remedy = f"no case shows what {name} becomes", f"write {folder}/{name}/<case>.request.json"
        yield Finding("fixtures", "gap", said, remedy)
    for case, outcome in outcomes:
        yield from _golden(case, outcome)


def events_of(outcome: Outcome) -> list[Any]:
    """The events as they are written into a case's `.events.json`: as they travel."""
    return [json.loads(encode_event(event)) for event in outcome.events]


def _golden(case: Case, outcome: Outcome) -> Iterator[Finding]:
    if outcome.door in ("dead-letter", "refused"):
        said = f"a case of the fixtures is no payload of the source: {outcome.reason}"
        yield Finding("fixtures", "fault", said, "mend the case, or the mapping", (case.name,))
    elif case.events is None:
        said, remedy = "a case has no events written down", "write them with --write, and read what it wrote"
        yield Finding("fixtures", "gap", said, remedy, (case.name,))
    elif outcome.door != "exception" and list(case.events) != events_of(outcome):
        said = "a case becomes other events than were written down"
        remedy = "mend the mapping; or, if they are right now, write them anew with --write, and read what it wrote"
        yield Finding("fixtures", "fault", said, remedy, (case.name,))


def _reasons(source: Source) -> Iterator[Finding]:
    told: Mapping[str, str] | None = getattr(source, "ignored", None)
    if told is None and source.ignores:
        remedy = "give the source `ignored`, a mapping of each event to its reason (producers.vendor.because)"
        yield Finding("fixtures", "gap", "it is not told why events are ignored", remedy)
    without = sorted(name for name in source.ignores if told is not None and not told.get(name, "").strip())
    if without:
        yield Finding(
            "fixtures", "gap", "an event is ignored without a reason", "say why it is dropped", tuple(without)
        )
