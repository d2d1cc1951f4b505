"""Builds. Pure. https://buildkite.com/docs/apis/rest-api/builds#build-data-model"""

from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.sources.buildkite.context import actor_of, context_of
from producers.vendor import Told
from schemas.events import Event, Outcome, RunUpdated, State

# A build keeps its id when jobs of it are retried, and counts no attempts.
_ONLY_ATTEMPT = 1
_STATES: Mapping[str, State] = {
    "creating": "queued",
    "scheduled": "queued",
    "waiting": "queued",
    "running": "started",
    "failing": "started",
    "canceling": "started",
    "blocked": "started",  # it waits for somebody to let it go on
}
_OUTCOMES: Mapping[str, Outcome] = {
    "passed": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "skipped": "skipped",
    "not_run": "skipped",
}


def build(told: Told) -> list[Event]:
    """A build as far as it has come: its own state counts, for the event may be older than what it shows."""
    context = context_of(told)
    found, run = context.build, context.build.id("id")
    word = _word(found)
    outcome = _OUTCOMES.get(word)
    state = "finished" if outcome else _STATES.get(word)
    if state is None:
        raise found.unfit("state", "a state of a build that we know")
    finished_at = found.optional_moment("finished_at")
    started_at, queued_at = found.optional_moment("started_at"), found.moment("created_at")
    at = _at(word, state, finished_at, started_at) or queued_at
    return [
        RunUpdated(
            **context.frame("RunUpdated", run, word, at, found.optional_text("web_url"), _ONLY_ATTEMPT),
            actor=actor_of(found.optional_part("creator")),
            run=run,
            attempt=_ONLY_ATTEMPT,
            pipeline=context.pipeline.text("slug"),
            state=state,
            outcome=outcome,
            branch=found.optional_text("branch"),
            queued_at=queued_at,
            started_at=started_at if state != "queued" else None,
            finished_at=(finished_at or at) if state == "finished" else None,
        )
    ]


def _word(found: Payload) -> str:
    """The state; a build that waits at a block step keeps its last one, such as passed, and is called finished."""
    word = found.text("state")
    return "blocked" if word == "passed" and found.flag("blocked") else word


def _at(word: str, state: State, finished_at: datetime | None, started_at: datetime | None) -> datetime | None:
    if state == "finished" or word == "blocked":
        return finished_at or started_at
    return started_at if state == "started" else None
