"""Workflow runs and their jobs. Pure."""

from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.github.context import Context, actor_of, only_change
from schemas.events import Event, Links, Outcome, RunUpdated, State, TaskUpdated

_WAITING = frozenset({"requested", "queued", "waiting", "pending"})
_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "failure": "failure",
    "startup_failure": "error",
    "timed_out": "timed_out",
    "cancelled": "cancelled",
    "stale": "cancelled",  # GitHub gave it up after 14 days
    "skipped": "skipped",
    "neutral": "neutral",
}
_NEEDS_APPROVAL = "action_required"


def workflow_run(context: Context) -> list[Event]:
    """One attempt of a run. Only the first was queued at the run's creation: a later one would seem to have waited."""
    run = context.payload.part("workflow_run")
    id_, attempt = run.id("id"), run.number("run_attempt", default=1)
    state, outcome = _progress(run)
    at = run.moment("updated_at")
    sha, branch = run.text("head_sha"), run.optional_text("head_branch")
    actor = run.optional_part("triggering_actor") or run.optional_part("actor")
    return [
        RunUpdated(
            **context.frame("RunUpdated", id_, state, at, attempt),
            actor=actor_of(actor or context.payload.optional_part("sender")),
            url=run.optional_text("html_url"),
            links=Links(
                tickets=tickets_in(branch, run.optional_text("display_title")),
                sha=sha,
                change=only_change(run),
                run=id_,
            ),
            run=id_,
            attempt=attempt,
            pipeline=_pipeline(context, run),
            state=state,
            outcome=outcome,
            branch=branch,
            queued_at=run.optional_moment("created_at") if attempt == 1 else None,
            started_at=run.optional_moment("run_started_at") if state != "queued" else None,
            finished_at=at if state == "finished" else None,
        )
    ]


def workflow_job(context: Context) -> list[Event]:
    """A job of a run's attempt."""
    job = context.payload.part("workflow_job")
    id_, run, attempt = job.id("id"), job.id("run_id"), job.number("run_attempt", default=1)
    state, outcome = _progress(job)
    queued_at, branch = job.optional_moment("created_at"), job.optional_text("head_branch")
    return [
        TaskUpdated(
            **context.frame("TaskUpdated", id_, state, _job_moment(job, state), attempt),
            actor=actor_of(context.payload.optional_part("sender")),
            url=job.optional_text("html_url"),
            links=Links(tickets=tickets_in(branch), sha=job.optional_text("head_sha"), run=run),
            run=run,
            attempt=attempt,
            task=id_,
            name=job.text("name"),
            state=state,
            outcome=outcome,
            queued_at=queued_at,
            started_at=job.optional_moment("started_at") if state != "queued" else None,
            finished_at=job.optional_moment("completed_at") if state == "finished" else None,
        )
    ]


def _progress(subject: Payload) -> tuple[State, Outcome | None]:
    """State and outcome of a run or job. One that needs a maintainer's approval is called completed, but waits."""
    status = subject.text("status")
    if status in _WAITING:
        return "queued", None
    if status == "in_progress":
        return "started", None
    if status != "completed":
        raise subject.unfit("status", "a status that we know")
    conclusion = subject.text("conclusion")
    if conclusion == _NEEDS_APPROVAL:
        return "queued", None
    outcome = _OUTCOMES.get(conclusion)
    if outcome is None:
        raise subject.unfit("conclusion", "a conclusion that we know")
    return "finished", outcome


def _pipeline(context: Context, run: Payload) -> str:
    """The workflow's name; GitHub takes its path for one that has none."""
    workflow = context.payload.optional_part("workflow")
    name = workflow.optional_text("name") if workflow else None
    return name or run.optional_text("name") or run.text("path")


def _job_moment(job: Payload, state: State) -> datetime:
    if state == "finished":
        return job.moment("completed_at")
    if state == "started":
        return job.moment("started_at")
    return job.optional_moment("created_at") or job.moment("started_at")
