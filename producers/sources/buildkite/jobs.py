"""Jobs of builds, and block steps that somebody let pass. Pure. https://buildkite.com/docs/apis/rest-api/jobs"""

from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.sources.buildkite.context import actor_of, context_of
from producers.vendor import Told
from schemas.events import Event, GateEvaluated, Outcome, State, TaskUpdated

_STATES: Mapping[str, State] = {
    **dict.fromkeys(("pending", "waiting", "blocked", "limiting", "limited", "scheduled"), "queued"),
    **dict.fromkeys(("platform_limiting", "platform_limited", "reserved", "assigned", "accepted"), "queued"),
    **dict.fromkeys(("running", "canceling", "timing_out"), "started"),
}
_OUTCOMES: Mapping[str, Outcome] = {
    "passed": "success",
    "unblocked": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "timed_out": "timed_out",
    "expired": "error",  # no agent took it
    "skipped": "skipped",
    "broken": "skipped",  # a condition or a branch kept it from running
    **dict.fromkeys(("waiting_failed", "blocked_failed", "unblocked_failed"), "skipped"),  # the build failed before
}


def job(told: Told) -> list[Event]:
    """A job as far as it has come. A retry is a job of its own, whose attempt is counted."""
    context, found = context_of(told), told.payload.part("job")
    id_, word, attempt = found.id("id"), found.text("state"), found.number("retries_count", 0) + 1
    outcome = _outcome(found, word)
    state = "finished" if outcome else _STATES.get(word)
    if state is None:
        raise found.unfit("state", "a state of a job that we know")
    if attempt < 1:
        raise found.unfit("retries_count", "a number of retries")
    finished_at, started_at = found.optional_moment("finished_at"), found.optional_moment("started_at")
    queued_at = found.optional_moment("runnable_at") or found.moment("created_at")
    at = _at(state, finished_at, started_at) or queued_at
    return [
        TaskUpdated(
            **context.frame("TaskUpdated", id_, word, at, found.optional_text("web_url"), attempt),
            actor=actor_of(context.build.optional_part("creator")),
            run=context.build.id("id"),
            attempt=attempt,
            task=id_,
            name=_name(found),
            state=state,
            outcome=outcome,
            queued_at=queued_at,
            started_at=started_at if state != "queued" else None,
            finished_at=(finished_at or at) if state == "finished" else None,
        )
    ]


def activated(told: Told) -> list[Event]:
    """A block step that somebody let pass: a gate of the commit, passed by hand."""
    context, found = context_of(told), told.payload.part("job")
    if context.sha is None:
        return []
    id_, at = found.id("id"), found.moment("unblocked_at")
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", id_, "passed", at, found.optional_text("web_url")),
            actor=actor_of(found.optional_part("unblocked_by")),
            gate=_name(found),
            evaluation=id_,
            outcome="passed",
            sha=context.sha,
            started_at=found.optional_moment("runnable_at") or found.optional_moment("created_at"),
            finished_at=at,
        )
    ]


def _outcome(found: Payload, word: str) -> Outcome | None:
    """How the job ended, None while it runs. One that may fail and did was neither a success nor a failure."""
    if word == "finished":  # the word of Buildkite's own life cycle, where the exit status tells
        word = "passed" if found.number("exit_status") == 0 else "failed"
    outcome = _OUTCOMES.get(word)
    return "neutral" if outcome == "failure" and found.flag("soft_failed") else outcome


def _name(found: Payload) -> str:
    """What the step is called; a step without a label is its key, its command or its kind."""
    names = (found.optional_text(name) for name in ("name", "label", "step_key", "command"))
    return next((name for name in names if name), None) or found.text("type")


def _at(state: State, finished_at: datetime | None, started_at: datetime | None) -> datetime | None:
    if state == "finished":
        return finished_at or started_at
    return started_at if state == "started" else None
