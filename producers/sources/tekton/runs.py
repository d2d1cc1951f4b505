"""PipelineRuns and TaskRuns. Pure. https://tekton.dev/docs/pipelines/events/"""

from collections.abc import Mapping
from typing import Any

from producers.payload import Payload
from producers.sources.tekton.commit import Commit, commit_of, page_of
from producers.sources.tekton.resource import Progress, Resource, resource_of
from producers.vendor import Told
from schemas.events import Event, Origin, RunUpdated, TaskUpdated

_ONLY_ATTEMPT = 1  # a pipeline that is run again is another PipelineRun


def pipeline_run(told: Told) -> list[Event]:
    """A PipelineRun as far as it has come."""
    resource = resource_of(_data(told).part("pipelineRun"))
    run, progress, commit = resource.metadata.id("uid"), resource.progress(), commit_of(resource)
    pipeline = _pipeline(resource) or _own_name(resource)
    return [
        RunUpdated(
            **_frame(told, "RunUpdated", resource, progress, _ONLY_ATTEMPT, commit, pipeline),
            links=commit.links(run),
            run=run,
            attempt=_ONLY_ATTEMPT,
            pipeline=pipeline,
            branch=commit.branch,
            **_moments(progress),
        )
    ]


def task_run(told: Told) -> list[Event]:
    """A TaskRun as far as it has come; one that no PipelineRun made is a run's only task. Retries are counted."""
    resource = resource_of(_data(told).part("taskRun"))
    task, progress, commit = resource.metadata.id("uid"), resource.progress(), commit_of(resource)
    attempt, run = resource.retries() + 1, _owner(resource) or task
    name = resource.label("tekton.dev/pipelineTask") or resource.label("tekton.dev/task") or _own_name(resource)
    return [
        TaskUpdated(
            **_frame(told, "TaskUpdated", resource, progress, attempt, commit, _pipeline(resource) or name),
            links=commit.links(run),
            run=run,
            attempt=attempt,
            task=task,
            name=name,
            **_moments(progress),
        )
    ]


def _data(told: Told) -> Payload:
    """What the CloudEvent carries: the body in binary mode, its field `data` in structured mode."""
    return told.payload.part("data") if "specversion" in told.payload.value else told.payload


def _frame(
    told: Told, type_: str, resource: Resource, progress: Progress, attempt: int, commit: Commit, pipeline: str
) -> dict[str, Any]:
    """The fields that every event has. Its source is the namespace, whatever version of the API tells of it."""
    namespace = resource.metadata.text("namespace")
    origin = Origin(repository=commit.repository, project=f"{namespace}/{pipeline}")
    source, uid = f"/apis/tekton.dev/namespaces/{namespace}", resource.metadata.id("uid")
    return {
        **told.frame(type_, source, origin, uid, progress.word, progress.at, attempt),
        "actor": commit.actor,
        "url": page_of(resource),
    }


def _moments(progress: Progress) -> Mapping[str, Any]:
    return {
        "state": progress.state,
        "outcome": progress.outcome,
        "queued_at": progress.queued_at,
        "started_at": progress.started_at,
        "finished_at": progress.finished_at,
    }


def _pipeline(resource: Resource) -> str | None:
    """The pipeline's name. A pipeline that stands within its run has none, and is labelled with the run's."""
    name = resource.label("tekton.dev/pipeline")
    if name is not None and name == resource.metadata.optional_text("name"):
        return _own_name(resource)
    return name.rstrip("-") or None if name else None


def _own_name(resource: Resource) -> str:
    """What the names of such runs begin with, or the name of one that bears its own."""
    generated = (resource.metadata.optional_text("generateName") or "").rstrip("-")
    return generated or resource.metadata.text("name")


def _owner(resource: Resource) -> str | None:
    """The PipelineRun that a task belongs to."""
    uid = resource.label("tekton.dev/pipelineRunUID")
    owners = resource.metadata.parts("ownerReferences")
    return uid or next((owner.id("uid") for owner in owners if owner.optional_text("kind") == "PipelineRun"), None)
