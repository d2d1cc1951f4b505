"""Workflows and their jobs, once they have ended: CircleCI tells no beginnings. Pure.

https://circleci.com/docs/reference/outbound-webhooks-reference/
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.sources.circleci.commit import Commit, commit_of
from producers.vendor import Told
from schemas.events import Event, Origin, Outcome, RunUpdated, TaskUpdated

_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "failed": "failure",
    "error": "error",
    "canceled": "cancelled",
    "unauthorized": "error",  # it was not allowed to run
}
_OPAQUE = "circleci/"  # the slug of a project that was not made from a repository: two ids
_STEP_S = 10  # nobody reruns a workflow so soon


def workflow(told: Told) -> list[Event]:
    """A workflow that has ended."""
    found, pipeline = told.payload.part("workflow"), told.payload.part("pipeline")
    commit, (run, attempt) = commit_of(pipeline), _run(pipeline, found)
    status, outcome, at = _end(told, found)
    return [
        RunUpdated(
            **_frame(told, "RunUpdated", found.id("id"), status, at, attempt, commit),
            links=commit.links(run),
            run=run,
            attempt=attempt,
            pipeline=found.text("name"),
            state="finished",
            outcome=outcome,
            branch=commit.branch,
            queued_at=pipeline.moment("created_at") if attempt == 1 else None,
            started_at=found.moment("created_at"),
            finished_at=at,
        )
    ]


def job(told: Told) -> list[Event]:
    """A job that has ended."""
    found, pipeline = told.payload.part("job"), told.payload.part("pipeline")
    commit, (run, attempt) = commit_of(pipeline), _run(pipeline, told.payload.part("workflow"))
    status, outcome, at = _end(told, found)
    return [
        TaskUpdated(
            **_frame(told, "TaskUpdated", found.id("id"), status, at, attempt, commit),
            links=commit.links(run),
            run=run,
            attempt=attempt,
            task=found.id("id"),
            name=found.text("name"),
            state="finished",
            outcome=outcome,
            started_at=found.optional_moment("started_at"),
            finished_at=at,
        )
    ]


def _frame(told: Told, type_: str, id_: str, status: str, at: datetime, attempt: int, commit: Commit) -> dict[str, Any]:
    """The fields that every event has; the project's page is what they come from."""
    project, url = told.payload.part("project"), told.payload.part("workflow").text("url")
    slug = project.text("slug")
    name = (project.optional_text("name") or slug) if slug.startswith(_OPAQUE) else slug
    # Behind the project's page in the address are the pipeline's number and the workflow's id.
    page = url.rsplit("/", 3)[0]
    frame = told.frame(type_, page, Origin(repository=commit.repository, project=name), id_, status, at, attempt)
    return {**frame, "actor": commit.actor, "url": url}


def _run(pipeline: Payload, found: Payload) -> tuple[str, int]:
    """The run and its attempt. A rerun is another workflow of that name in the same pipeline, and is not numbered:
    attempts are told apart, and ordered, by how long after the pipeline they were made; the first is 1."""
    later = (found.moment("created_at") - pipeline.moment("created_at")).total_seconds()
    return f"{pipeline.id('id')}/{found.text('name')}", 1 + max(0, int(later)) // _STEP_S


def _end(told: Told, found: Payload) -> tuple[str, Outcome, datetime]:
    """The status that a workflow or job ended in, what it means, and when."""
    status = found.text("status")
    outcome = _OUTCOMES.get(status)
    if outcome is None:
        raise found.unfit("status", "a status that ends a workflow or job")
    return status, outcome, found.optional_moment("stopped_at") or told.payload.moment("happened_at")
