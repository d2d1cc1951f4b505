"""Pipelines. Pure."""

from datetime import datetime

from producers.payload import Payload
from producers.references import subject_of
from producers.sources.gitlab.attempts import attempt_of_run
from producers.sources.gitlab.context import actor_of, project_of
from producers.sources.gitlab.states import progress_of
from producers.vendor import Told
from schemas.events import Event, Links, RunUpdated


def pipeline(told: Told) -> list[Event]:
    """One attempt of a pipeline. Its jobs have events of their own.

    A retry runs only what had failed, so that its duration says nothing: only the first attempt has a start.
    """
    run, project = told.payload.part("object_attributes"), project_of(told.payload)
    jobs, change = list(told.payload.parts("builds")), told.payload.optional_part("merge_request")
    id_, word, sha, branch = run.id("id"), run.text("status"), run.text("sha"), run.optional_text("ref")
    state, outcome = progress_of(run, "status")
    attempt = attempt_of_run(run, jobs)
    started_at = min((at for job in jobs if (at := job.optional_moment("started_at"))), default=None)
    finished_at = run.optional_moment("finished_at") if state == "finished" else None
    at = finished_at or _last_moment(run, jobs)
    return [
        RunUpdated(
            **project.frame(told, "RunUpdated", id_, word, at, attempt),
            actor=actor_of(told.payload.optional_part("user")),
            url=run.optional_text("url") or f"{project.page}/-/pipelines/{id_}",
            links=Links(
                tickets=project.tickets(
                    branch, change.optional_text("title") if change else None, _subject(told.payload)
                ),
                sha=sha,
                change=change.id("iid") if change else None,
                run=id_,
            ),
            run=id_,
            attempt=attempt,
            pipeline=run.optional_text("name") or run.optional_text("source") or "pipeline",
            state=state,
            outcome=outcome,
            branch=branch,
            queued_at=run.moment("created_at") if attempt == 1 else None,
            started_at=started_at if attempt == 1 and state != "queued" else None,
            finished_at=finished_at,
        )
    ]


def _last_moment(run: Payload, jobs: list[Payload]) -> datetime:
    """When a pipeline that has not ended was last seen to move: GitLab tells that of its jobs only."""
    told = (job.optional_moment(field) for job in jobs for field in ("created_at", "started_at", "finished_at"))
    return max((at for at in told if at), default=run.moment("created_at"))


def _subject(payload: Payload) -> str:
    commit = payload.optional_part("commit")
    return subject_of((commit.optional_text("message") if commit else None) or "")
