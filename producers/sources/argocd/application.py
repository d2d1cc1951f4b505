"""An Application: its last sync operation is a deployment. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.references import tickets_in, tier_of
from producers.sources.argocd.revision import revision_of, revisions_in, sources_in
from producers.vendor import Told
from schemas.events import Actor, DeploymentState, DeploymentUpdated, Event, Links, Origin, Tier

_PHASES: Mapping[str, DeploymentState] = {
    "Running": "started",
    "Terminating": "started",
    "Succeeded": "succeeded",
    "Failed": "failed",
    "Error": "failed",
}
# What was applied has to come up before it is deployed. Suspended: somebody has to let it go on.
_HEALTH: Mapping[str, DeploymentState] = {
    "Healthy": "succeeded",
    "Degraded": "failed",
    "Progressing": "started",
    "Suspended": "started",
    "Missing": "started",
    "Unknown": "started",
}
_THIS_CLUSTER = frozenset({"in-cluster", "https://kubernetes.default.svc"})


def application(told: Told) -> list[Event]:
    """The last operation of an Application. Where none was asked for yet, or it was a dry run, or healed the app back
    to what had been deployed before, nothing is deployed."""
    app = told.payload.part("app")
    status = app.optional_part("status")
    run = status.optional_part("operationState") if status else None
    if status is None or run is None:
        return []
    operation = run.part("operation")
    sync = operation.optional_part("sync") or Payload({}, f"{operation.path}.sync")
    if sync.flag("dryRun") or sync.number("autoHealAttemptsCount", default=0):
        return []
    metadata, spec = app.part("metadata"), app.part("spec")
    name, started_at = metadata.text("name"), run.moment("startedAt")
    state, at = _progress(run, status.optional_part("health"), started_at)
    revision = revision_of(run.optional_part("syncResult"), sync, spec)
    deployment = f"{metadata.text('uid')}/{started_at.isoformat()}"
    environment, tier = _environment(spec.part("destination"))
    source = f"/apis/argoproj.io/v1alpha1/namespaces/{metadata.text('namespace')}/applications/{name}"
    # A project only groups apps: it would be taken for the service of an app without a repository.
    origin = Origin(repository=revision.repository, app=name)
    return [
        DeploymentUpdated(
            **told.frame("DeploymentUpdated", source, origin, deployment, state, at),
            actor=_actor(operation.optional_part("initiatedBy")),
            url=_page(told.payload.optional_part("context"), name),
            links=Links(tickets=_tickets(told.payload, operation, spec), sha=revision.sha, deployment=deployment),
            deployment=deployment,
            environment=environment,
            tier=tier,
            sha=revision.sha,
            state=state,
            kind=_kind(status, revision.each, started_at),
            created_at=started_at,
            finished_at=at if state != "started" else None,
        )
    ]


def _progress(run: Payload, health: Payload | None, started_at: datetime) -> tuple[DeploymentState, datetime]:
    """The state and since when; an app that came up after the sync had ended is deployed since it came up."""
    state = _PHASES.get(run.text("phase"))
    if state is None:
        raise run.unfit("phase", "a phase that we know")
    if state == "started":
        return state, started_at
    finished_at = run.moment("finishedAt")
    if state == "failed" or health is None or health.optional_text("status") is None:
        return state, finished_at
    state = _HEALTH.get(health.text("status"))
    if state is None:
        raise health.unfit("status", "a health that we know")
    changed_at = health.optional_moment("lastTransitionTime") or finished_at
    return state, started_at if state == "started" else max(finished_at, changed_at)


def _environment(destination: Payload) -> tuple[str, Tier | None]:
    """The namespace, in front of it the cluster unless it is Argo CD's own."""
    cluster, namespace = destination.optional_text("name"), destination.optional_text("namespace")
    cluster = cluster or destination.optional_text("server") or "in-cluster"
    parts = [part for part in (cluster if cluster not in _THIS_CLUSTER else None, namespace) if part]
    return "/".join(parts) or cluster, next((tier for tier in map(tier_of, reversed(parts)) if tier), None)


def _kind(status: Payload, revisions: tuple[str, ...], started_at: datetime) -> Literal["deploy", "rollback"]:
    """A rollback goes back to what was deployed before the last deployment."""
    earlier = [
        revisions_in(one)
        for one in status.parts("history")
        if (one.optional_moment("deployStartedAt") or one.moment("deployedAt")) < started_at
    ]
    return "rollback" if revisions in earlier[:-1] and revisions != earlier[-1] else "deploy"


def _actor(initiator: Payload | None) -> Actor | None:
    if initiator is None:
        return None
    if initiator.flag("automated"):
        return Actor(id="argocd", kind="bot")
    name = initiator.optional_text("username")
    return Actor(id=name) if name else None


def _tickets(document: Payload, operation: Payload, spec: Payload) -> tuple[str, ...]:
    commit = document.optional_part("commit_metadata")
    message = commit.optional_text("Message") if commit else None
    branches = (source.optional_text("targetRevision") for source in sources_in(spec))
    return tickets_in(message, *branches, *(info.optional_text("value") for info in operation.parts("info")))


def _page(context: Payload | None, name: str) -> str | None:
    address = context.optional_text("argocdUrl") if context else None
    return f"{address.rstrip('/')}/applications/{name}" if address else None
