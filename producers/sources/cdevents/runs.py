"""Pipeline runs, task runs and builds. Pure."""

from collections.abc import Mapping
from typing import Any

from producers.sources.cdevents.context import Context
from schemas.events import Event, Outcome, RunUpdated, State, TaskUpdated

_STATES: Mapping[str, State] = {"queued": "queued", "started": "started", "finished": "finished"}
# Up to 0.4 outcomes of tests were called pass and fail, and those of runs were free texts.
_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "pass": "success",
    "failure": "failure",
    "fail": "failure",
    "cancel": "cancelled",
    "error": "error",
}
_ONLY_ATTEMPT = 1  # CDEvents count no attempts: a repetition is another run


def pipeline_run(context: Context) -> list[Event]:
    """A run as far as it has come. Each event knows its own moment only, correlate joins them."""
    run, branch = context.subject_id, context.told("branch")
    return [
        RunUpdated(
            **context.frame("RunUpdated"),
            links=context.links(run=run),
            run=run,
            attempt=_ONLY_ATTEMPT,
            pipeline=context.content.optional_text("pipelineName"),
            branch=branch,
            **progress(context),
        )
    ]


def task_run(context: Context) -> list[Event]:
    """A task of a run; one that names no run is a run's only task."""
    of = context.content.optional_part("pipelineRun")
    name = context.content.optional_text("taskName") or context.subject_id
    return [_task(context, of.id("id") if of else context.subject_id, name)]


def build(context: Context) -> list[Event]:
    """A build is a step of some run that it does not name: told as a run, its time would be counted a second time."""
    return [_task(context, context.subject_id, "build")]


def progress(context: Context) -> dict[str, Any]:
    """State, outcome, and the one moment that the event tells."""
    state = _STATES[context.predicate]
    return {"state": state, "outcome": outcome_of(context) if state == "finished" else None, f"{state}_at": context.at}


def outcome_of(context: Context) -> Outcome | None:
    """How it ended, None where that is not told. Raises Unmappable for a word that we do not know."""
    word = context.content.optional_text("outcome")
    outcome = _OUTCOMES.get(word.lower()) if word else None
    if word and outcome is None:
        raise context.content.unfit("outcome", "success, failure, cancel or error")
    return outcome


def _task(context: Context, run: str, name: str) -> TaskUpdated:
    artifact = context.artifact()
    return TaskUpdated(
        **context.frame("TaskUpdated", artifact=artifact),
        links=context.links(sha=artifact.commit, run=run),
        run=run,
        attempt=_ONLY_ATTEMPT,
        task=context.subject_id,
        name=name,
        **progress(context),
    )
