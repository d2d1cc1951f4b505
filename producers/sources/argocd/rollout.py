"""A Rollout of Argo Rollouts: each of its revisions is a deployment. Pure."""

from collections.abc import Mapping
from datetime import datetime

from producers.addresses import commit_in
from producers.payload import Payload
from producers.references import tier_of
from producers.vendor import Told
from schemas.events import DeploymentState, DeploymentUpdated, Event, Links, Origin

_REVISION = "rollout.argoproj.io/revision"
_PHASES: Mapping[str, DeploymentState] = {
    "Progressing": "started",
    "Paused": "started",
    "Healthy": "succeeded",
    "Degraded": "failed",
}


def rollout(told: Told) -> list[Event]:
    """A Rollout as it stands. What its controller has not seen yet says nothing."""
    found = told.payload.part("rollout")
    metadata, status = found.part("metadata"), found.optional_part("status")
    if status is None or _is_stale(metadata, status):
        return []
    name, namespace = metadata.text("name"), metadata.text("namespace")
    state, at = _progress(metadata, status)
    deployment = f"{metadata.text('uid')}/{_revision(metadata, status)}"
    sha = _commit(found)
    source = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts/{name}"
    return [
        DeploymentUpdated(
            **told.frame("DeploymentUpdated", source, Origin(app=name), deployment, state, at),
            links=Links(sha=sha, deployment=deployment),
            deployment=deployment,
            environment=namespace,
            tier=tier_of(namespace),
            sha=sha,
            state=state,
            created_at=at,  # of one that has ended, nothing tells when it began
            finished_at=at if state != "started" else None,
        )
    ]


def _is_stale(metadata: Payload, status: Payload) -> bool:
    seen, generation = status.optional_text("observedGeneration"), metadata.number("generation", default=0)
    return seen is not None and seen != str(generation)


def _revision(metadata: Payload, status: Payload) -> str:
    annotations = metadata.optional_part("annotations")
    return (annotations.optional_text(_REVISION) if annotations else None) or status.text("currentPodHash")


def _progress(metadata: Payload, status: Payload) -> tuple[DeploymentState, datetime]:
    """The state and since when. A revision that was completed stays so, whatever its pods do afterwards."""
    state = _PHASES.get(status.text("phase"))
    if state is None:
        raise status.unfit("phase", "a phase that we know")
    conditions = {one.text("type"): one for one in status.parts("conditions")}
    completed, progressing = conditions.get("Completed"), conditions.get("Progressing")
    changed_at = progressing.moment("lastUpdateTime") if progressing else metadata.moment("creationTimestamp")
    if status.flag("abort"):
        return "failed", status.optional_moment("abortedAt") or changed_at
    if completed is None:
        return state, changed_at
    if completed.text("status") == "True" and status.optional_text("stableRS") == status.text("currentPodHash"):
        return "succeeded", completed.moment("lastTransitionTime")
    # It is completed no longer since its update began.
    return ("failed", changed_at) if state == "failed" else ("started", completed.moment("lastTransitionTime"))


def _commit(found: Payload) -> str | None:
    """The commit that the first image is tagged with; nothing else of a Rollout tells one."""
    spec = found.optional_part("spec")
    template = spec.optional_part("template") if spec else None
    pods = template.optional_part("spec") if template else None
    image = next((one.optional_text("image") for one in (pods.parts("containers") if pods else ())), None)
    return commit_in((image or "").partition("@")[0].rpartition(":")[2])
