"""Stages of executions: tasks, and deployments where they deploy. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.references import tier_of
from producers.sources.spinnaker.executions import OUTCOMES, Execution, execution_of
from producers.vendor import Told
from schemas.events import DeploymentState, DeploymentUpdated, Event, Outcome, TaskUpdated

_DEPLOY: Mapping[str, Literal["deploy", "rollback"]] = {
    "deploy": "deploy",
    "createServerGroup": "deploy",
    "cloneServerGroup": "deploy",
    "deployManifest": "deploy",
    "rollbackCluster": "rollback",
    "undoRolloutManifest": "rollback",
}
_STATES: Mapping[str, DeploymentState] = {
    "SUCCEEDED": "succeeded",
    "FAILED_CONTINUE": "failed",
    "TERMINAL": "failed",
    "STOPPED": "failed",
    "CANCELED": "cancelled",
}


def stage(told: Told) -> list[Event]:
    """A stage that starts or has ended; the parts that Spinnaker makes of a stage say nothing that it does not."""
    content, found = told.payload.part("content"), execution_of(told)
    if found is None or content.flag("isSynthetic"):
        return []
    one, ended = _stage(found.payload, content.id("stageId")), told.event != "stage.starting"
    outcome = OUTCOMES.get(one.text("status")) if ended else None
    if ended and outcome is None:
        raise one.unfit("status", "a status that a stage ends with")
    at = content.milliseconds("endTime" if ended else "startTime")
    events: list[Event] = [_task(told, found, one, outcome, at)]
    kind = _DEPLOY.get(one.text("type"))
    account = _account(content.part("context")) if kind else None
    if kind and account and outcome != "skipped":
        state = _STATES[one.text("status")] if ended else "started"
        events.append(_deployment(told, found, one.id("id"), account, kind, state, at))
    return events


def _stage(execution: Payload, id_: str) -> Payload:
    found = next((one for one in execution.parts("stages") if one.value.get("id") == id_), None)
    if found is None:
        raise execution.unfit("stages", "a list with the stage of this event")
    return found


def _task(told: Told, found: Execution, one: Payload, outcome: Outcome | None, at: datetime) -> TaskUpdated:
    content, id_ = told.payload.part("content"), one.id("id")
    return TaskUpdated(
        **told.frame("TaskUpdated", found.source, found.origin, id_, told.event, at, attempt=1),
        actor=found.actor,
        links=found.links(),
        run=found.id,
        attempt=1,
        task=id_,
        name=content.text("name"),
        state="finished" if outcome else "started",
        outcome=outcome,
        started_at=content.optional_milliseconds("startTime"),
        finished_at=at if outcome else None,
    )


def _account(context: Payload) -> str | None:
    """The account, which is a cluster or a cloud's account, that a stage deploys to."""
    clusters = (cluster.optional_text("account") for cluster in context.parts("clusters"))
    return context.optional_text("account") or context.optional_text("credentials") or next(clusters, None)


def _deployment(
    told: Told,
    found: Execution,
    id_: str,
    account: str,
    kind: Literal["deploy", "rollback"],
    state: DeploymentState,
    at: datetime,
) -> DeploymentUpdated:
    begun_at = told.payload.part("content").optional_milliseconds("startTime") or at
    return DeploymentUpdated(
        **told.frame("DeploymentUpdated", found.source, found.origin, id_, told.event, at),
        actor=found.actor,
        links=found.links(deployment=id_),
        deployment=id_,
        environment=account,
        tier=tier_of(account),
        sha=found.sha,
        state=state,
        kind=kind,
        created_at=begun_at,
        finished_at=at if state != "started" else None,
    )
