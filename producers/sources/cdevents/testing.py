"""Runs of test suites and of single test cases. Pure.

Suites tell no counts. So a case is a report of one test and a suite one of none, only of how it ended: sums over both
count each test once.
"""

from collections.abc import Mapping
from typing import Any

from producers.sources.cdevents.context import Context
from producers.sources.cdevents.runs import outcome_of, progress
from schemas.events import Event, Outcome, TestLevel, TestsReported

_LEVELS: Mapping[str, TestLevel] = {
    "unit": "unit",
    "integration": "integration",
    "functional": "system",
    "e2e": "system",
    "performance": "performance",
    "security": "security",
}
_COUNTED: Mapping[Outcome, str] = {"success": "passed", "failure": "failed", "error": "errored", "skipped": "skipped"}


def case_run(context: Context) -> list[Event]:
    """One test; cancelled, it came to nothing that could be counted."""
    case = context.content.optional_part("testCase")
    level = _LEVELS.get(case.optional_text("type") or "", "other") if case else "other"
    if context.predicate == "skipped":
        return [_report(context, "testCase", level, state="finished", outcome="skipped", total=1, skipped=1)]
    outcome = outcome_of(context) if context.predicate == "finished" else None
    counted = _COUNTED.get(outcome) if outcome else None
    counts = {"total": 1, counted: 1} if counted else {}
    return [_report(context, "testCase", level, **_moments(context), **counts)]


def suite_run(context: Context) -> list[Event]:
    """A suite as far as it has come."""
    return [_report(context, "testSuite", "other", **_moments(context))]


def _report(context: Context, of: str, level: TestLevel, **told: Any) -> TestsReported:
    found = context.content.optional_part(of)
    name = (found.optional_text("name") or found.id("id")) if found else context.subject_id
    return TestsReported(
        **context.frame("TestsReported"),
        links=context.links(),
        report=context.subject_id,
        name=name,
        level=level,
        **told,
    )


def _moments(context: Context) -> dict[str, Any]:
    """As of a run; how long a report waited is not kept."""
    return {name: value for name, value in progress(context).items() if name != "queued_at"}
