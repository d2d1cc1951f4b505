"""Attempts, a part of identity: what is run again is another execution, with another id. Pure."""

import re
from collections.abc import Iterator, Sequence

from producers.conformance.case import Sample
from producers.conformance.finding import Finding
from producers.conformance.places import changed, leaves, written
from producers.source import Source
from schemas.events import RunUpdated, TaskUpdated

_ATTEMPT = re.compile(
    r"(?:\w*_)?(?:attempts?|retries|retry|reruns?|tries|try)(?:[-_]?(?:no|number|count|index))?"
    r"|(?:\w*)(?:Attempt|Retry|Retries|Rerun)(?:No|Number|Count|Index)?",
)
_MORE = 7
"""So many attempts later: of several stages, the one that was tried most often may be what counts."""
_REMEDY = "give `attempt` to the event and to its id (Told.frame), counted from 1"


def attempts(source: Source, samples: Sequence[Sample]) -> Iterator[Finding]:
    """A run or task with another attempt that is the same event would hide the first."""
    for sample in samples:
        before = {event.id: event for event in sample.outcome.events if isinstance(event, RunUpdated | TaskUpdated)}
        if not before:
            continue
        for path, value in leaves(sample.document):
            if not _ATTEMPT.fullmatch(str(path[-1])) or not _is_count(value):
                continue
            more = value + _MORE if isinstance(value, int) else str(int(value) + _MORE)
            outcome = sample.told(source, changed(sample.document, path, more))
            after = [event for event in outcome.events if isinstance(event, RunUpdated | TaskUpdated)]
            if outcome.door == "accepted" and after and all(event.id in before for event in after):
                said = f"the field {written(path)} counts attempts, but another attempt has the same id"
                yield Finding("identity", "fault", said, _REMEDY, (sample.case.name,))


def _is_count(value: object) -> bool:
    """Whether a value counts something small, as a number or in digits."""
    if isinstance(value, str):
        return value.isascii() and value.isdigit() and len(value) < 4
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000
