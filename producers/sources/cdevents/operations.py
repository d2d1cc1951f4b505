"""Services in environments, the environments, artifacts, and incidents. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from producers.references import tier_of
from producers.sources.cdevents.artifact import artifact_of
from producers.sources.cdevents.context import Context
from schemas.events import (
    ArtifactPublished,
    DeploymentState,
    DeploymentUpdated,
    EnvironmentUpdated,
    Event,
    IncidentUpdated,
)

_DEPLOYMENTS: Mapping[str, tuple[DeploymentState, Literal["deploy", "rollback"]]] = {
    "deployed": ("succeeded", "deploy"),
    "upgraded": ("succeeded", "deploy"),
    "rolledback": ("succeeded", "rollback"),
    "removed": ("superseded", "deploy"),
}


def service(context: Context) -> list[Event]:
    """A service reached another state in an environment: a deployment of its own, at that moment.

    A removal may leave out from where; then there is no deployment that it speaks of.
    """
    content, removed = context.content, context.predicate == "removed"
    where = content.optional_part("environment") if removed else content.part("environment")
    if where is None:
        return []
    environment, artifact, at = where.id("id"), context.artifact(), context.at
    state, kind = _DEPLOYMENTS[context.predicate]
    mark = f"/{environment}/{content.optional_text('artifactId') or ''}"
    deployment = f"{context.subject_id}/{environment}/{at.isoformat()}"
    return [
        DeploymentUpdated(
            **context.frame("DeploymentUpdated", mark, app=context.subject_id, artifact=artifact),
            links=context.links(sha=artifact.commit, deployment=deployment),
            deployment=deployment,
            environment=environment,
            tier=tier_of(environment),
            sha=context.commit or artifact.commit,
            state=state,
            kind=kind,
            created_at=at,
            finished_at=at if state == "succeeded" else None,
        )
    ]


def environment(context: Context) -> list[Event]:
    """An environment was made, changed or removed."""
    name = context.content.optional_text("name") or ""
    told: dict[str, Any] = {"action": context.predicate}
    mark = context.context.id("id") if context.predicate == "modified" else ""
    return [
        EnvironmentUpdated(
            **context.frame("EnvironmentUpdated", mark),
            links=context.links(),
            environment=context.subject_id,
            **told,
            name=name,
            tier=tier_of(name) or tier_of(context.subject_id),
        )
    ]


def artifact(context: Context) -> list[Event]:
    """An artifact; the one that is packaged tells of which change."""
    found, of = artifact_of(context.subject_id), context.content.optional_part("change")
    told: dict[str, Any] = {"action": context.predicate}
    mark = context.context.id("id") if context.predicate == "downloaded" else ""
    return [
        ArtifactPublished(
            **context.frame("ArtifactPublished", mark, artifact=found),
            links=context.links(sha=found.commit, change=of.id("id") if of else None),
            artifact=context.subject_id,
            **told,
            name=found.name,
        )
    ]


def incident(context: Context) -> list[Event]:
    """An incident of a service in an environment."""
    state, at, found = context.predicate, context.at, context.artifact()
    told: dict[str, Any] = {"state": state}
    affected, ticket = context.content.optional_part("service"), context.content.optional_text("ticketURI")
    frame = context.frame("IncidentUpdated", app=affected.id("id") if affected else None, artifact=found)
    return [
        IncidentUpdated(
            **{**frame, "url": ticket or frame["url"]},
            links=context.links(ticket, sha=found.commit),
            incident=context.subject_id,
            **told,
            title=context.title("description"),
            environment=context.content.part("environment").id("id"),
            artifact=context.content.optional_text("artifactId") or "",
            created_at=at if state == "detected" else None,
            resolved_at=at if state == "resolved" else None,
        )
    ]
