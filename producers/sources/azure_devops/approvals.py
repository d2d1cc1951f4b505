"""Approvals that deployments of classic releases wait for. Pure."""

from collections.abc import Mapping

from producers.sources.azure_devops.artifacts import (
    artifact_of,
    origin_of_release,
    page_of_release,
    sha_of,
    tickets_of,
)
from producers.sources.azure_devops.context import Context, actor_of, time_in
from schemas.events import Event, GateEvaluated, GateOutcome, Links

_APPROVALS: Mapping[str, GateOutcome] = {
    "pending": "pending",
    "reassigned": "pending",
    "approved": "passed",
    "rejected": "failed",
    "canceled": "cancelled",
    "skipped": "skipped",
}


def approval(context: Context) -> list[Event]:
    """An approval, where its release tells the commit: without one no change waits for it. What Azure DevOps approves
    by itself holds nobody up."""
    found, release = context.resource.part("approval"), context.resource.optional_part("release")
    artifact = artifact_of(release)
    sha = sha_of(artifact)
    if sha is None or found.flag("isAutomated"):
        return []
    outcome = _APPROVALS.get(found.text("status"))
    if outcome is None:
        raise found.unfit("status", "a status that we know")
    stage = found.part("releaseEnvironment").text("name")
    created_at, modified_at = found.optional_moment("createdOn"), time_in(found, "modifiedOn")
    at = (created_at if outcome == "pending" else modified_at) or context.at
    id_, attempt = f"approval/{found.id('id')}", found.number("attempt", default=1)
    origin = origin_of_release(context, release, artifact)
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", origin, id_, found.text("status"), at, attempt),
            actor=actor_of(found.optional_part("approvedBy")),
            url=page_of_release(release),
            links=Links(tickets=tickets_of(artifact), sha=sha),
            gate=f"{found.text('approvalType')} {stage}",
            evaluation=id_,
            outcome=outcome,
            sha=sha,
            started_at=created_at,
            finished_at=at if outcome != "pending" else None,
        )
    ]
