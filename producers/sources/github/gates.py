"""Check runs and commit statuses: the gates of a commit. Pure."""

from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.github.context import Context, actor_of, only_change
from schemas.events import Event, GateEvaluated, GateOutcome, Links

_WAITING = frozenset({"requested", "queued", "waiting", "pending", "in_progress"})
_CONCLUSIONS: Mapping[str, GateOutcome] = {
    "success": "passed",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "error",
    "cancelled": "cancelled",
    "skipped": "skipped",
    "neutral": "skipped",
    "stale": "skipped",
    "action_required": "skipped",
}
_STATES: Mapping[str, GateOutcome] = {"pending": "pending", "success": "passed", "failure": "failed", "error": "error"}
_WISHES = frozenset({"rerequested", "requested_action"})


def check_run(context: Context) -> list[Event]:
    """One evaluation of a check. A wish to run it again shows the old one and evaluates nothing."""
    if context.action in _WISHES:
        return []
    check = context.payload.part("check_run")
    id_, sha, outcome = check.id("id"), check.text("head_sha"), _check_outcome(check)
    finished_at = check.moment("completed_at") if outcome != "pending" else None
    suite = check.optional_part("check_suite")
    branch = suite.optional_text("head_branch") if suite else None
    at = finished_at or _check_begin(check, suite)
    # An evaluation is pending twice: queued and in progress may bear the same time.
    state = outcome if outcome != "pending" else check.text("status")
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", f"check/{id_}", state, at),
            actor=actor_of(context.payload.optional_part("sender")),
            url=check.optional_text("html_url"),
            links=Links(tickets=tickets_in(branch), sha=sha, change=only_change(check)),
            gate=check.text("name"),
            evaluation=id_,
            outcome=outcome,
            sha=sha,
            started_at=check.optional_moment("started_at"),
            finished_at=finished_at,
        )
    ]


def status(context: Context) -> list[Event]:
    """A commit status: GitHub numbers each report of it anew."""
    report = context.payload
    id_, sha, at = report.id("id"), report.text("sha"), report.moment("created_at")
    outcome = _STATES.get(report.text("state"))
    if outcome is None:
        raise report.unfit("state", "a state that we know")
    branches = [branch.optional_text("name") for branch in report.parts("branches")]
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", f"status/{id_}", outcome, at),
            actor=actor_of(report.optional_part("sender")),
            url=report.optional_text("target_url"),
            links=Links(tickets=tickets_in(*branches), sha=sha),
            gate=report.text("context"),
            evaluation=f"status/{id_}",  # statuses are numbered apart from check runs
            outcome=outcome,
            sha=sha,
            finished_at=at if outcome != "pending" else None,
        )
    ]


def _check_outcome(check: Payload) -> GateOutcome:
    state = check.text("status")
    if state in _WAITING:
        return "pending"
    if state != "completed":
        raise check.unfit("status", "a status that we know")
    outcome = _CONCLUSIONS.get(check.text("conclusion"))
    if outcome is None:
        raise check.unfit("conclusion", "a conclusion that we know")
    return outcome


def _check_begin(check: Payload, suite: Payload | None) -> datetime:
    """A queued check has no time of its own: that of its suite stands in."""
    started_at = check.optional_moment("started_at") or (suite.optional_moment("updated_at") if suite else None)
    return started_at or check.moment("started_at")
