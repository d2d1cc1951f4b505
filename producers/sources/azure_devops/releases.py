"""Deployments of classic releases to their stages. Pure."""

from collections.abc import Mapping

from producers.payload import Payload
from producers.references import tier_of
from producers.sources.azure_devops.artifacts import (
    artifact_of,
    build_of,
    origin_of_release,
    page_of_release,
    sha_of,
    tickets_of,
)
from producers.sources.azure_devops.context import Context, actor_of, time_in
from schemas.events import DeploymentState, DeploymentUpdated, Event, Links

_STATES: Mapping[str, DeploymentState] = {
    "notStarted": "queued",
    "queued": "queued",
    "scheduled": "queued",
    "inProgress": "started",
    "succeeded": "succeeded",
    "partiallySucceeded": "succeeded",  # what failed was allowed to
    "rejected": "failed",
    "failed": "failed",
    "canceled": "cancelled",
    "notDeployed": "cancelled",  # an approval was refused
}
_ENDED = frozenset({"succeeded", "failed", "cancelled"})


def deployment_started(context: Context) -> list[Event]:
    """A deployment that began; its stage may be called queued still."""
    return _updated(context, "started")


def deployment_completed(context: Context) -> list[Event]:
    """A deployment that ended."""
    resource = context.resource
    deployment = resource.optional_part("deployment")
    if deployment and deployment.optional_text("deploymentStatus") == "notDeployed":
        return _updated(context, "cancelled")
    stage = resource.optional_part("environment")
    told, name = (stage, "status") if stage else (resource.part("deployment"), "deploymentStatus")
    state = _STATES.get(told.text(name))
    if state is None:
        raise told.unfit(name, "a status that we know")
    return _updated(context, state)


def _updated(context: Context, state: DeploymentState) -> list[Event]:
    resource = context.resource
    deployment = resource.optional_part("deployment")
    stage = resource.optional_part("environment") or _stage_of(resource.part("deployment"))
    release = _release(resource, deployment, stage)
    artifact = artifact_of(release)
    attempt = _attempt(deployment, stage)
    id_ = f"{stage.id('id')}/{attempt}"  # a stage of a release is numbered; each try of it is a deployment
    finished_at = (time_in(deployment, "completedOn") or context.at) if state in _ENDED else None
    at = finished_at or time_in(deployment, "startedOn") or context.at
    requester = deployment or _last_step(stage)
    environment, sha, origin = stage.text("name"), sha_of(artifact), origin_of_release(context, release, artifact)
    return [
        DeploymentUpdated(
            **context.frame("DeploymentUpdated", origin, id_, state, at),
            actor=actor_of(requester.optional_part("requestedFor") if requester else None),
            url=page_of_release(release),
            links=Links(tickets=tickets_of(artifact), sha=sha, run=build_of(artifact), deployment=id_),
            deployment=id_,
            environment=environment,
            tier=tier_of(environment),
            sha=sha,
            state=state,
            created_at=time_in(deployment, "queuedOn", "startedOn") or time_in(_last_step(stage), "queuedOn") or at,
            finished_at=finished_at,
        )
    ]


def _stage_of(deployment: Payload) -> Payload:
    return deployment.optional_part("releaseEnvironment") or deployment.part("environment")


def _release(resource: Payload, deployment: Payload | None, stage: Payload) -> Payload | None:
    """The release as the part that tells its artifacts has it."""
    told = [release for part in (resource, deployment, stage) if part and (release := part.optional_part("release"))]
    return next((one for one in told if one.value.get("artifacts")), told[0] if told else None)


def _last_step(stage: Payload) -> Payload | None:
    return max(stage.parts("deploySteps"), key=lambda step: step.number("attempt", default=1), default=None)


def _attempt(deployment: Payload | None, stage: Payload) -> int:
    step = _last_step(stage)
    told = deployment.number("attempt", default=0) if deployment else 0
    return told or (step.number("attempt", default=1) if step else 1)
