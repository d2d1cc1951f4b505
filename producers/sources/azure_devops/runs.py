"""Pipeline runs, and their stages and jobs. Pure."""

import re
from collections.abc import Mapping

from producers.payload import Payload
from producers.sources.azure_devops.context import Context, branch_of, time_in
from producers.sources.azure_devops.made_of import code_of, outcome_of, page_of_part, pipeline_of, requester_of
from schemas.events import Event, RunUpdated, State, TaskUpdated

_RUNS: Mapping[str, State | None] = {"inProgress": "started", "canceling": None, "completed": "finished"}
_PARTS: Mapping[str, State | None] = {
    "notStarted": "queued",
    "waiting": "queued",
    "pending": "queued",
    "running": "started",
    "canceling": None,
    "completed": "finished",
}
_RUN_AT = re.compile(r"/runs/(\d+)\Z", re.ASCII)


def run_state(context: Context) -> list[Event]:
    """A run that began or ended. A stage that is tried again makes it begin again: an attempt of the same run."""
    run = context.resource.part("run")
    state = _state(run, _RUNS)
    if state is None:  # it is being cancelled: what comes of it is told when it ends
        return []
    id_, code = _run_id(context, run), code_of(context, run)
    attempt = max((stage.number("attempt", default=1) for stage in context.resource.parts("stages")), default=1)
    finished_at = (time_in(run, "finishedDate") or context.at) if state == "finished" else None
    return [
        RunUpdated(
            **context.frame("RunUpdated", code.origin, id_, state, finished_at or context.at, attempt),
            actor=requester_of(context.resource),
            url=page_of_part(run),
            links=code.links(id_),
            run=id_,
            attempt=attempt,
            pipeline=pipeline_of(context, run),
            state=state,
            outcome=outcome_of(run, "result") if finished_at else None,
            branch=branch_of(code.ref),
            queued_at=time_in(run, "createdDate") if attempt == 1 else None,
            started_at=context.at if state == "started" else None,
            finished_at=finished_at,
        )
    ]


def stage_state(context: Context) -> list[Event]:
    """A stage of a run."""
    stage = context.resource.part("stage")
    return _task(context, stage, stage.text("name"), stage)


def job_state(context: Context) -> list[Event]:
    """A job of a stage; its name is unique in its stage only."""
    job, stage = context.resource.part("job"), context.resource.part("stage")
    return _task(context, job, f"{stage.text('name')}/{job.text('name')}", stage)


def _task(context: Context, part: Payload, name: str, stage: Payload) -> list[Event]:
    run, state = context.resource.part("run"), _state(part, _PARTS)
    if state is None:
        return []
    run_id, task, code = _run_id(context, run), part.id("id"), code_of(context, run)
    attempt = part.number("attempt", default=stage.number("attempt", default=1))
    at = time_in(part, {"finished": "finishTime", "started": "startTime"}.get(state, "")) or context.at
    return [
        TaskUpdated(
            # The same stage of the same pipeline has one id in every run.
            **context.frame("TaskUpdated", code.origin, f"{run_id}/{task}", state, at, attempt),
            url=page_of_part(part),
            links=code.links(run_id),
            run=run_id,
            attempt=attempt,
            task=task,
            name=name,
            state=state,
            outcome=outcome_of(part, "result") if state == "finished" else None,
            started_at=time_in(part, "startTime"),
            finished_at=at if state == "finished" else None,
        )
    ]


def _state(part: Payload, states: Mapping[str, State | None]) -> State | None:
    word = part.text("state")
    if word not in states:
        raise part.unfit("state", "a state that we know")
    return states[word]


def _run_id(context: Context, run: Payload) -> str:
    """A run's number, which is that of its build; older notifications have it in the run's address only."""
    if run.value.get("id") is None and context.resource.value.get("runId") is not None:
        return context.resource.id("runId")
    number = _RUN_AT.search(run.optional_text("url") or "") if run.value.get("id") is None else None
    return number[1] if number else run.id("id")
