"""Deployments and their statuses. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.references import tickets_in, tier_of
from producers.sources.github.context import Context, actor_of
from schemas.events import DeploymentState, DeploymentUpdated, Event, Links, Tier

_STATES: Mapping[str, DeploymentState] = {
    "queued": "queued",
    "pending": "queued",
    "waiting": "queued",
    "in_progress": "started",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
    "inactive": "superseded",
}
_ENDED = frozenset({"succeeded", "failed"})


def deployment(context: Context) -> list[Event]:
    """A deployment that was asked for."""
    found = context.payload.part("deployment")
    id_, at = found.id("id"), found.moment("created_at")
    frame = context.frame("DeploymentUpdated", id_, "created", at)
    return [_updated(context, frame, found, found.text("environment"), "queued", None, found)]


def deployment_status(context: Context) -> list[Event]:
    """What became of a deployment; the environment of its last status is where it went."""
    found, status = context.payload.part("deployment"), context.payload.part("deployment_status")
    word = status.text("state")
    state = _STATES.get(word)
    if state is None:
        raise status.unfit("state", "a state that we know")
    at = status.moment("created_at")
    environment = status.optional_text("environment") or found.text("environment")
    frame = context.frame("DeploymentUpdated", f"{found.id('id')}/{status.id('id')}", word, at)
    return [_updated(context, frame, found, environment, state, at if state in _ENDED else None, status)]


def _updated(
    context: Context,
    frame: dict[str, Any],
    found: Payload,
    environment: str,
    state: DeploymentState,
    finished_at: datetime | None,
    told_by: Payload,
) -> DeploymentUpdated:
    id_, sha = found.id("id"), found.text("sha")
    run = context.payload.optional_part("workflow_run")
    return DeploymentUpdated(
        **frame,
        actor=actor_of(told_by.optional_part("creator") or context.payload.optional_part("sender")),
        url=told_by.optional_text("target_url"),
        links=Links(
            tickets=tickets_in(found.optional_text("ref")),
            sha=sha,
            run=run.id("id") if run else None,
            deployment=id_,
        ),
        deployment=id_,
        environment=environment,
        tier=_tier(found, environment),
        sha=sha,
        state=state,
        created_at=found.moment("created_at"),
        finished_at=finished_at,
    )


def _tier(found: Payload, environment: str) -> Tier | None:
    if found.flag("production_environment"):
        return "production"
    return tier_of(environment)
