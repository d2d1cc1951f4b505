"""Jobs: tasks of a pipeline, and gates of a commit. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.references import subject_of
from producers.sources.gitlab.attempts import attempt_of_job
from producers.sources.gitlab.context import Project, actor_of, project_of
from producers.sources.gitlab.states import progress_of
from producers.vendor import Told
from schemas.events import Event, GateEvaluated, GateOutcome, Links, Outcome, State, TaskUpdated

_TIMED_OUT = frozenset({"job_execution_timeout", "stuck_or_timeout_failure"})
# What was not the script's fault, of the reasons that `retry:when` knows.
_BROKEN = frozenset(
    {
        "api_failure",
        "runner_system_failure",
        "runner_unsupported",
        "scheduler_failure",
        "data_integrity_failure",
        "stale_schedule",
        "archived_failure",
        "unmet_prerequisites",
    }
)
_VERDICTS: Mapping[Outcome, GateOutcome] = {
    "success": "passed",
    "failure": "failed",
    "timed_out": "failed",
    "error": "error",
    "cancelled": "cancelled",
    "skipped": "skipped",
}


def job(told: Told) -> list[Event]:
    """A job, and the gate that it is where it must pass: no deployment, and not allowed to fail."""
    found, project = told.payload, project_of(told.payload)
    state, outcome = progress_of(found, "build_status")
    if outcome == "failure":
        outcome = _failure(found)
    at = _moment(found, state)
    task = _task(told, project, state, outcome, at)
    sha = found.optional_text("sha")
    is_gate = not found.flag("build_allow_failure") and found.value.get("environment") is None
    if not is_gate or state == "queued" or sha is None:
        return [task]
    verdict: GateOutcome = _VERDICTS[outcome] if outcome else "pending"
    gate = GateEvaluated(
        **_frame(told, project, "GateEvaluated", at),
        actor=task.actor,
        url=task.url,
        links=task.links,
        gate=task.name,
        evaluation=task.task,  # a retry makes a job of its own
        outcome=verdict,
        sha=sha,
        started_at=task.started_at,
        finished_at=task.finished_at,
    )
    return [task, gate]


def _task(told: Told, project: Project, state: State, outcome: Outcome | None, at: datetime | None) -> TaskUpdated:
    found = told.payload
    id_, branch, commit = found.id("build_id"), found.optional_text("ref"), found.optional_part("commit")
    # The commit's id is that of the pipeline too, and older versions tell no other.
    run = commit.id("id") if commit and "pipeline_id" not in found.value else found.id("pipeline_id")
    subject = subject_of((commit.optional_text("message") if commit else None) or "")
    return TaskUpdated(
        **_frame(told, project, "TaskUpdated", at),
        actor=actor_of(found.optional_part("user")),
        url=f"{project.page}/-/jobs/{id_}",
        links=Links(tickets=project.tickets(branch, subject), sha=found.optional_text("sha"), run=run),
        run=run,
        attempt=attempt_of_job(found),
        task=id_,
        name=found.text("build_name"),
        state=state,
        outcome=outcome,
        queued_at=found.optional_moment("build_created_at"),
        started_at=found.optional_moment("build_started_at") if state != "queued" else None,
        finished_at=found.optional_moment("build_finished_at") if state == "finished" else None,
    )


def _frame(told: Told, project: Project, type_: str, at: datetime | None) -> dict[str, Any]:
    """In old versions a job that waits tells no time at all."""
    id_, word = told.payload.id("build_id"), told.payload.text("build_status")
    attempt, retries = attempt_of_job(told.payload), str(told.payload.number("retries_count", default=0))
    return project.frame(told, type_, id_, word, at, attempt if at else None, mark=retries)


def _failure(found: Payload) -> Outcome:
    """What became of a job that failed; where it is allowed to, that is no failure."""
    reason = found.optional_text("build_failure_reason")
    if found.flag("build_allow_failure"):
        return "neutral"
    return "timed_out" if reason in _TIMED_OUT else "error" if reason in _BROKEN else "failure"


def _moment(found: Payload, state: State) -> datetime | None:
    """When the job came into its state; one that was skipped or cancelled may never have begun."""
    fields = {
        "finished": ("build_finished_at", "build_started_at", "build_created_at"),
        "started": ("build_started_at", "build_created_at"),
        "queued": ("build_created_at",),
    }[state]
    return next((at for field in fields if (at := found.optional_moment(field))), None)
