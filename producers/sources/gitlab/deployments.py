"""Deployments, and the approvals that a protected environment asks for. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from producers.addresses import commit_in
from producers.payload import Payload
from producers.references import tier_of
from producers.sources.gitlab.context import Project, actor_of, project_of
from producers.vendor import Told
from schemas.events import DeploymentState, DeploymentUpdated, Event, GateEvaluated, GateOutcome, Links, Tier

_STATES: Mapping[str, DeploymentState] = {
    "created": "queued",
    "blocked": "queued",
    "running": "started",
    "success": "succeeded",
    "failed": "failed",
    "canceled": "cancelled",
    "skipped": "cancelled",
}
_ENDED = frozenset({"succeeded", "failed", "cancelled"})
_VERDICTS: Mapping[str, GateOutcome] = {"approved": "passed", "rejected": "failed"}
_TIERS: Mapping[str, Tier] = {tier: tier for tier in get_args(Tier)}


def deployment(told: Told) -> list[Event]:
    """A deployment as it stands, or the verdict of somebody who may approve it.

    The time of its creation is not told: that of the change of state stands in.
    """
    found, project = told.payload, project_of(told.payload)
    id_, word, at = found.id("deployment_id"), found.text("status"), found.moment("status_changed_at")
    if word in _VERDICTS:
        approval = found.part("approval").id("id")
        return [_verdict(told, project, approval, at)]
    state = _STATES.get(word)
    if state is None:
        raise found.unfit("status", "a status that we know")
    environment = found.text("environment")
    return [
        DeploymentUpdated(
            **project.frame(told, "DeploymentUpdated", id_, word, at),
            actor=actor_of(found.optional_part("user")),
            url=found.optional_text("deployable_url"),
            links=_links(project, found),
            deployment=id_,
            environment=environment,
            tier=_TIERS.get(found.optional_text("environment_tier") or "") or tier_of(environment),
            sha=_sha(found),
            state=state,
            created_at=at,
            finished_at=at if state in _ENDED else None,
        )
    ]


def _verdict(told: Told, project: Project, approval: str, at: datetime) -> GateEvaluated:
    found, evaluation = told.payload, f"approval/{approval}"
    word, sha = found.text("status"), _sha(found)
    if sha is None:
        raise found.unfit("commit_url", "the page of a commit")
    return GateEvaluated(
        **project.frame(told, "GateEvaluated", evaluation, word, at),
        actor=actor_of(found.optional_part("approver")),
        url=found.optional_text("deployable_url"),
        links=_links(project, found),
        gate=f"approval of {found.text('environment')}",
        evaluation=evaluation,
        outcome=_VERDICTS[word],
        sha=sha,
        finished_at=at,
    )


def _sha(found: Payload) -> str | None:
    """The whole commit id is told only as the end of its page's address."""
    return commit_in((found.optional_text("commit_url") or "").rpartition("/")[2])


def _links(project: Project, found: Payload) -> Links:
    return Links(
        tickets=project.tickets(found.optional_text("ref"), found.optional_text("commit_title")),
        sha=_sha(found),
        deployment=found.id("deployment_id"),
    )
