"""Deployments and their statuses."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from deploy.demo.chance import identifier
from deploy.demo.company import DEFAULT_BRANCH, RELEASE_BOT
from deploy.demo.github.parts import API, account, envelope, stamp
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Deployment, Release


def release_moments(release: Release) -> Iterator[Moment]:
    """The deliveries of a release; the deployment that it replaces is told inactive."""
    for deployment in release.deployments:
        key = ("deployment", deployment.repository.full_name, deployment.id)
        yield Moment(deployment.created_at, "deployment", key, partial(_created, deployment))
        states = (
            (deployment.created_at, "queued"),
            (deployment.started_at, "in_progress"),
            (deployment.finished_at, deployment.state),
        )
        for at, state in states:
            yield _status_moment(deployment, at, state)
    if release.in_production is not None and release.replaced is not None:
        yield _status_moment(release.replaced, release.finished_at, "inactive")


def _status_moment(deployment: Deployment, at: datetime, state: str) -> Moment:
    key = ("deployment-status", deployment.repository.full_name, deployment.id, state)
    return Moment(at, "deployment_status", key, partial(_status, deployment, at, state))


def _deployment(deployment: Deployment, updated_at: datetime) -> Body:
    in_production = deployment.environment == "production"
    return {
        "url": _url(deployment),
        "id": deployment.id,
        "node_id": f"DE_{deployment.id:x}",
        "sha": deployment.sha,
        "ref": DEFAULT_BRANCH,
        "task": "deploy",
        "payload": {},
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": None,
        "creator": account(RELEASE_BOT),
        "created_at": stamp(deployment.created_at),
        "updated_at": stamp(updated_at),
        "transient_environment": False,
        "production_environment": in_production,
    }


def _url(deployment: Deployment) -> str:
    return f"{API}/repos/{deployment.repository.full_name}/deployments/{deployment.id}"


def _created(deployment: Deployment) -> Body:
    body: Body = {"action": "created", "deployment": _deployment(deployment, deployment.created_at)}
    return body | {"workflow": None, "workflow_run": None} | envelope(deployment.repository, RELEASE_BOT)


def _status(deployment: Deployment, at: datetime, state: str) -> Body:
    number = identifier("deployment-status", deployment.repository.full_name, deployment.id, state)
    status = {
        "url": f"{_url(deployment)}/statuses/{number}",
        "id": number,
        "node_id": f"DES_{number:x}",
        "state": state,
        "creator": account(RELEASE_BOT),
        "description": "",
        "environment": deployment.environment,
        "target_url": "",
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }
    body: Body = {"action": "created", "deployment_status": status, "deployment": _deployment(deployment, at)}
    return body | envelope(deployment.repository, RELEASE_BOT)
