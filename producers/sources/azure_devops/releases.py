"""Classic releases: deployments to their stages, and the approvals that these wait for. Pure."""

import re
from collections.abc import Mapping

from producers.payload import Payload
from producers.references import tickets_in, tier_of
from producers.sources.azure_devops.context import Context, actor_of, branch_of, time_in
from schemas.events import DeploymentState, DeploymentUpdated, Event, GateEvaluated, GateOutcome, Links, Origin

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
_APPROVALS: Mapping[str, GateOutcome] = {
    "pending": "pending",
    "reassigned": "pending",
    "approved": "passed",
    "rejected": "failed",
    "canceled": "cancelled",
    "skipped": "skipped",
}
_ENDED = frozenset({"succeeded", "failed", "cancelled"})
_SHA = re.compile(r"[0-9a-f]{40}")


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


def approval(context: Context) -> list[Event]:
    """An approval, where its release tells the commit: without one no change waits for it. What Azure DevOps approves
    by itself holds nobody up."""
    found, release = context.resource.part("approval"), context.resource.optional_part("release")
    artifact = _artifact(release)
    sha = _sha(artifact)
    if sha is None or found.flag("isAutomated"):
        return []
    outcome = _APPROVALS.get(found.text("status"))
    if outcome is None:
        raise found.unfit("status", "a status that we know")
    stage = found.part("releaseEnvironment").text("name")
    created_at, modified_at = found.optional_moment("createdOn"), time_in(found, "modifiedOn")
    at = (created_at if outcome == "pending" else modified_at) or context.at
    id_, attempt = f"approval/{found.id('id')}", found.number("attempt", default=1)
    origin = _origin(context, release, artifact)
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", origin, id_, found.text("status"), at, attempt),
            actor=actor_of(found.optional_part("approvedBy")),
            url=_page(release),
            links=Links(tickets=_tickets(artifact), sha=sha),
            gate=f"{found.text('approvalType')} {stage}",
            evaluation=id_,
            outcome=outcome,
            sha=sha,
            started_at=created_at,
            finished_at=at if outcome != "pending" else None,
        )
    ]


def _updated(context: Context, state: DeploymentState) -> list[Event]:
    resource = context.resource
    deployment = resource.optional_part("deployment")
    stage = resource.optional_part("environment") or _stage_of(resource.part("deployment"))
    release = _release(resource, deployment, stage)
    artifact = _artifact(release)
    attempt = _attempt(deployment, stage)
    id_ = f"{stage.id('id')}/{attempt}"  # a stage of a release is numbered; each try of it is a deployment
    finished_at = (time_in(deployment, "completedOn") or context.at) if state in _ENDED else None
    at = finished_at or time_in(deployment, "startedOn") or context.at
    requester = deployment or _last_step(stage)
    environment, sha, origin = stage.text("name"), _sha(artifact), _origin(context, release, artifact)
    return [
        DeploymentUpdated(
            **context.frame("DeploymentUpdated", origin, id_, state, at),
            actor=actor_of(requester.optional_part("requestedFor") if requester else None),
            url=_page(release),
            links=Links(tickets=_tickets(artifact), sha=sha, run=_run(artifact), deployment=id_),
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


def _artifact(release: Payload | None) -> Payload | None:
    """Where the primary artifact of a release comes from."""
    artifacts = list(release.parts("artifacts")) if release else []
    primary = next((one for one in artifacts if one.flag("isPrimary")), artifacts[0] if len(artifacts) == 1 else None)
    return primary.optional_part("definitionReference") if primary else None


def _sha(artifact: Payload | None) -> str | None:
    """The commit: of the build that made the artifact, or the artifact itself where that is a repository."""
    for name in ("sourceVersion", "version"):
        told = _id(artifact, name)
        if told and _SHA.fullmatch(told):
            return told
    return None


def _run(artifact: Payload | None) -> str | None:
    """The build that made the artifact; a version is one where its commit is told beside it."""
    return _id(artifact, "version") if _id(artifact, "sourceVersion") else None


def _tickets(artifact: Payload | None) -> tuple[str, ...]:
    return tickets_in(branch_of(_id(artifact, "branch")))


def _origin(context: Context, release: Payload | None, artifact: Payload | None) -> Origin:
    """The repository of the primary artifact, else the name of the release's definition, else the project."""
    repository = artifact.optional_part("repository") if artifact else None
    project = artifact.optional_part("project") if artifact else None
    if repository and _id(artifact, "repository.provider") == "GitHub" and repository.optional_text("id"):
        return Origin(repository=repository.text("id"))
    if repository and repository.optional_text("name") and project and project.optional_text("name"):
        return Origin(repository=f"{project.text('name')}/{repository.text('name')}")
    for part in (release, context.resource.optional_part("deployment")):
        definition = part.optional_part("releaseDefinition") if part else None
        if definition and definition.optional_text("name"):
            return Origin(project=definition.text("name"))
    return Origin(project=context.resource.part("project").text("name"))


def _page(release: Payload | None) -> str | None:
    links = release.optional_part("_links") if release else None
    web = links.optional_part("web") if links else None
    return web.optional_text("href") if web else None


def _id(artifact: Payload | None, name: str) -> str | None:
    part = artifact.optional_part(name) if artifact else None
    return part.optional_text("id") if part else None
