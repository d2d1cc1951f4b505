"""How Argo CD's notifications tell a sync: the whole Application, as the template of docs/sources.md sends it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from deploy.demo.company import DEFAULT_BRANCH
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Deployment, Release
from deploy.demo.warehouse.company import ARGO_CD, GITLAB

_PHASES = {"success": "Succeeded", "failure": "Failed", "error": "Error"}


def release_moments(release: Release) -> Iterator[Moment]:
    """The deliveries of a release: for each environment, that its sync runs, and how it ended."""
    for deployment in release.deployments:
        former = release.replaced if deployment.environment == "production" else None
        key = ("argocd", deployment.repository.full_name, deployment.id)
        begun = partial(_application, deployment, former, ended=False)
        yield Moment(deployment.started_at, "app", (*key, "Running"), begun, "argocd")
        ended = partial(_application, deployment, former, ended=True)
        yield Moment(deployment.finished_at, "app", (*key, deployment.state), ended, "argocd")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _application(deployment: Deployment, former: Deployment | None, ended: bool) -> Body:
    name = f"{deployment.repository.name}-{deployment.environment}"
    source = {
        "repoURL": f"{GITLAB}/{deployment.repository.full_name}.git",
        "path": "deploy",
        "targetRevision": DEFAULT_BRANCH,
    }
    run: Body = {
        "operation": {"initiatedBy": {"automated": True}, "sync": {"revision": deployment.sha}},
        "phase": _PHASES[deployment.state] if ended else "Running",
        "startedAt": _stamp(deployment.started_at),
        "syncResult": {"revision": deployment.sha, "source": source, "resources": []},
    }
    if ended:
        run["finishedAt"] = _stamp(deployment.finished_at)
    came_up = ended and deployment.state == "success"
    health = {
        "status": "Healthy" if came_up else "Progressing",
        "lastTransitionTime": _stamp(deployment.finished_at if came_up else deployment.started_at),
    }
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "uid": str(uuid5(NAMESPACE_URL, f"{ARGO_CD}/{name}"))},
        "spec": {
            "project": "northwind",
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": deployment.environment},
        },
        "status": {"health": health, "history": _history(former, source), "operationState": run},
    }
    return {"app": application, "context": {"argocdUrl": ARGO_CD, "notificationType": "webhook"}}


def _history(former: Deployment | None, source: Body) -> list[Body]:
    if former is None:
        return []
    begun, done = _stamp(former.started_at), _stamp(former.finished_at)
    return [{"id": 0, "revision": former.sha, "deployStartedAt": begun, "deployedAt": done, "source": source}]
