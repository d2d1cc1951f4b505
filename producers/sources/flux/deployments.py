"""What became of a Kustomization or a Helm release: deployments. Pure."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from producers.addresses import commit_in
from producers.payload import Payload
from producers.references import tickets_in, tier_of
from producers.vendor import Told
from schemas.events import Actor, DeploymentState, DeploymentUpdated, Event, Links, Origin

_KUSTOMIZATIONS: Mapping[str, DeploymentState] = {
    "Progressing": "started",
    "ProgressingWithRetry": "started",
    "ReconciliationSucceeded": "succeeded",
    "ReconciliationFailed": "failed",
    "BuildFailed": "failed",
    "ValidationFailed": "failed",  # of releases before 0.15
    "HealthCheckFailed": "failed",
    "PruneFailed": "failed",
    "HealthCheckCanceled": "cancelled",  # a newer revision came
}
_RELEASES: Mapping[str, DeploymentState] = {
    "InstallSucceeded": "succeeded",
    "InstallFailed": "failed",
    "UpgradeSucceeded": "succeeded",
    "UpgradeFailed": "failed",
    "RollbackSucceeded": "succeeded",
    "RollbackFailed": "failed",
}
# Nothing was deployed, or nothing else than before. A reason that only repeats the severity tells no state.
_NO_DEPLOYMENT = frozenset(
    {
        "AccessDenied", "ArtifactFailed", "DependencyNotReady", "DriftCorrected", "DriftCorrectionFailed",
        "DriftDetected", "FeatureGateDisabled", "HealthCheckCanceled", "InvalidCELExpression", "InventoryBuildFailed",
        "NamespaceCheckSkipped", "NoDriftDetected", "PendingRelease", "Suspended", "TestFailed", "TestSucceeded",
        "UninstallFailed", "UninstallSucceeded", "ValuesError", "error", "info",
    }
)  # fmt: skip
# `main@sha1:…`, `sha1:…`, before 0.36 `main/…`; of an OCI artifact `latest@sha256:…`, which is no commit.
_REVISION = re.compile(r"(?:(?P<branch>.+)[@/])?(?:sha1:)?(?P<commit>[0-9a-f]{40})")


class _Revision(NamedTuple):
    """The revision as it was told, and what it tells of a commit and a branch."""

    told: str
    sha: str | None
    branch: str | None


def kustomization(told: Told) -> list[Event]:
    """A revision of a Kustomization: reconciled again at each interval, and still the same deployment."""
    return _deployment(told, _KUSTOMIZATIONS, each_time=False)


def helm_release(told: Told) -> list[Event]:
    """One installation, upgrade or rollback; with new values, the same chart is another deployment."""
    return _deployment(told, _RELEASES, each_time=True)


def _deployment(told: Told, states: Mapping[str, DeploymentState], each_time: bool) -> list[Event]:
    event, found = told.payload, told.payload.part("involvedObject")
    reason = event.text("reason")
    state = states.get(reason)
    if state is None and (reason in _NO_DEPLOYMENT or event.text("severity") == "trace"):
        return []
    if state is None:
        raise event.unfit("reason", "a reason that we know")
    api, kind, name = found.text("apiVersion"), found.text("kind"), found.text("name")
    namespace, at = found.text("namespace"), event.moment("timestamp")
    metadata = event.optional_part("metadata") or Payload({}, "metadata")
    revision = _revision(metadata, api.partition("/")[0])
    deployment = "/".join([found.text("uid"), revision.told, *([at.isoformat()] if each_time else [])])
    environment = _first(metadata, "env", "cluster") or namespace
    rollback: Literal["deploy", "rollback"] = "rollback" if reason.startswith("Rollback") else "deploy"
    source = f"/apis/{api}/namespaces/{namespace}/{kind.lower()}s/{name}"
    origin = Origin(repository=metadata.optional_text("repository"), app=name)
    return [
        DeploymentUpdated(
            **told.frame("DeploymentUpdated", source, origin, deployment, reason, at),
            actor=Actor(id=event.text("reportingController"), kind="bot"),
            links=Links(tickets=tickets_in(revision.branch), sha=revision.sha, deployment=deployment),
            deployment=deployment,
            environment=environment,
            tier=tier_of(environment),
            sha=revision.sha,
            state=state,
            kind=rollback,
            created_at=at,  # nothing tells when it began
            finished_at=at if state != "started" else None,
        )
    ]


def _revision(metadata: Payload, group: str) -> _Revision:
    """The deployed revision; the commit is that of the code, where an image or artifact tells what it was made from.

    The controllers write the group in front of their keys, newer notification-controllers take it away.
    """
    prefixes = ("", f"{group}/")
    revision = _first(metadata, *(f"{prefix}revision" for prefix in prefixes)) or ""
    commit = _first(metadata, "commit", "event.toolkit.fluxcd.io/commit")
    origin = _first(metadata, *(f"{prefix}originRevision" for prefix in prefixes))
    match = next((match for one in (commit, origin, revision) if one and (match := _REVISION.fullmatch(one))), None)
    return _Revision(revision, commit_in(match["commit"]) if match else None, match["branch"] if match else None)


def _first(metadata: Payload, *names: str) -> str | None:
    return next((text for name in names if (text := metadata.optional_text(name))), None)
