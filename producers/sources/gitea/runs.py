"""Runs of Gitea Actions and their jobs. Pure."""

from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.gitea.context import Context, actor_of, time_of
from schemas.events import Event, Links, Outcome, RunUpdated, State, TaskUpdated

_WAITING = frozenset({"requested", "queued", "waiting", "pending"})
_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "failure": "failure",
    "cancelled": "cancelled",
    "skipped": "skipped",
}


def workflow_run(context: Context) -> list[Event]:
    """One attempt of a run. Only the first was queued at the run's creation, of which older servers tell no time: then
    nothing is said of a run that waits."""
    run = context.payload.part("workflow_run")
    id_, attempt = run.id("id"), max(run.number("run_attempt", default=1), 1)
    state, outcome = _progress(run)
    at = _run_moment(run, state, attempt)
    if at is None:
        return []
    sha, branch = run.text("head_sha"), run.optional_text("head_branch")
    return [
        RunUpdated(
            **context.frame("RunUpdated", id_, state, at, attempt),
            actor=actor_of(run.optional_part("trigger_actor") or run.optional_part("actor")) or context.sender,
            url=run.optional_text("html_url"),
            links=Links(
                tickets=tickets_in(branch, run.optional_text("display_title")),
                sha=sha,
                change=_change(context, run),
                run=id_,
            ),
            run=id_,
            attempt=attempt,
            pipeline=_pipeline(context, run),
            state=state,
            outcome=outcome,
            branch=branch,
            queued_at=time_of(run, "created_at") if attempt == 1 else None,
            started_at=time_of(run, "started_at") if state != "queued" else None,
            finished_at=at if state == "finished" else None,
        )
    ]


def workflow_job(context: Context) -> list[Event]:
    """A job of a run's attempt. One that was skipped or cancelled may have neither begun nor ended."""
    job = context.payload.part("workflow_job")
    state, outcome = _progress(job)
    queued_at, started_at = time_of(job, "created_at"), time_of(job, "started_at")
    ends = {"finished": ("completed_at", "started_at"), "started": ("started_at",), "queued": ()}[state]
    at = time_of(job, *ends, "created_at")
    if at is None:
        raise job.unfit("created_at", "a time that is set")
    id_, run, attempt = job.id("id"), job.id("run_id"), max(job.number("run_attempt", default=1), 1)
    return [
        TaskUpdated(
            **context.frame("TaskUpdated", id_, state, at, attempt),
            actor=context.sender,
            url=job.optional_text("html_url"),
            links=Links(
                tickets=tickets_in(job.optional_text("head_branch")), sha=job.optional_text("head_sha"), run=run
            ),
            run=run,
            attempt=attempt,
            task=id_,
            name=job.text("name"),
            state=state,
            outcome=outcome,
            queued_at=queued_at,
            started_at=started_at if state != "queued" else None,
            finished_at=at if state == "finished" else None,
        )
    ]


def _progress(subject: Payload) -> tuple[State, Outcome | None]:
    status = subject.text("status")
    if status in _WAITING:
        return "queued", None
    if status == "in_progress":
        return "started", None
    if status != "completed":
        raise subject.unfit("status", "a status that we know")
    outcome = _OUTCOMES.get(subject.text("conclusion"))
    if outcome is None:
        raise subject.unfit("conclusion", "a conclusion that we know")
    return "finished", outcome


def _run_moment(run: Payload, state: State, attempt: int) -> datetime | None:
    """When a run came to its state; None of one that waits, if nobody tells that."""
    if state == "queued":
        return time_of(run, "created_at" if attempt == 1 else "updated_at")
    name = "completed_at" if state == "finished" else "started_at"
    at = time_of(run, name, "started_at")
    if at is None:
        raise run.unfit(name, "a time that is set")
    return at


def _change(context: Context, run: Payload) -> str | None:
    """The number of the one change that a run is for."""
    change = context.payload.optional_part("pull_request")
    if change is not None:
        return change.id("number")
    numbers = [one.id("number") for one in run.parts("pull_requests")]
    return numbers[0] if len(numbers) == 1 else None


def _pipeline(context: Context, run: Payload) -> str:
    """The workflow's name, else its file: a path is told with the branch that it was read from."""
    workflow = context.payload.optional_part("workflow")
    name = workflow.optional_text("name") if workflow else None
    return name or run.text("path").partition("@")[0]
