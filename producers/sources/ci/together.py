"""Several reports of one step are one execution of its tests: tools write a file for each class or module. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import groupby

from schemas.events import Event, Outcome, TestsReported, event_id

_COUNTS = ("total", "passed", "failed", "errored", "skipped", "flaky")
_GRAVEST_FIRST: tuple[Outcome, ...] = ("failure", "error", "success", "skipped", "neutral")


def together(events: Iterable[Event], name: str) -> list[Event]:
    """The events, with one TestsReported for all reports of the same format, level and automation.

    `name` is what such a one is called, unless all its parts are called alike.
    """
    tests: list[TestsReported] = []
    others: list[Event] = []
    for event in events:
        if isinstance(event, TestsReported):
            tests.append(event)
        else:
            others.append(event)
    groups = [list(group) for _, group in groupby(sorted(tests, key=_kind), _kind)]
    return [*(group[0] if len(group) == 1 else _sum(group, name) for group in groups), *others]


def _kind(report: TestsReported) -> tuple[str, str, bool]:
    return report.source, report.level, report.automated


def _sum(parts: Sequence[TestsReported], name: str) -> TestsReported:
    first, names = parts[0], {part.name for part in parts}
    digest = hashlib.sha256(",".join(sorted(part.id for part in parts)).encode()).hexdigest()[:20]
    covered = [part.covered for part in parts if part.covered is not None]
    coverable = [part.coverable for part in parts if part.coverable is not None]
    outcomes = {part.outcome for part in parts}
    told = {
        "id": event_id(first.source, "TestsReported", digest, None, "finished", first.occurred_at.isoformat()),
        "report": digest,
        "name": names.pop() if len(names) == 1 else name,
        "outcome": next((outcome for outcome in _GRAVEST_FIRST if outcome in outcomes), None),
        "covered": sum(covered) if covered else None,
        "coverable": sum(coverable) if coverable else None,
        "started_at": min((part.started_at for part in parts if part.started_at is not None), default=None),
    }
    return first.model_copy(update=told | {count: sum(getattr(part, count) for part in parts) for count in _COUNTS})
