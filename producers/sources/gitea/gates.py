"""Commit statuses: the gates of a commit. Pure."""

from collections.abc import Mapping

from producers.sources.gitea.context import Context, time_of
from schemas.events import Event, GateEvaluated, GateOutcome, Links

_STATES: Mapping[str, GateOutcome] = {
    "pending": "pending",
    "success": "passed",
    "error": "error",
    "failure": "failed",
    "warning": "failed",  # where it is required, it holds the merge
    "skipped": "skipped",
}


def status(context: Context) -> list[Event]:
    """A commit status: the server numbers each report of it anew."""
    report = context.payload
    id_, sha = report.id("id"), report.text("sha")
    outcome, at = _STATES.get(report.text("state")), time_of(report, "updated_at", "created_at")
    if outcome is None:
        raise report.unfit("state", "a state that we know")
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", f"status/{id_}", outcome, at),
            actor=context.sender,
            url=report.optional_text("target_url"),
            links=Links(sha=sha),
            gate=report.text("context"),
            evaluation=f"status/{id_}",
            outcome=outcome,
            sha=sha,
            finished_at=at if outcome != "pending" else None,
        )
    ]
