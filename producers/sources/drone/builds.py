"""Builds, their stages, and the deployments that promotions and rollbacks are. Pure.

https://docs.drone.io/webhooks/examples/
"""

from collections.abc import Mapping
from typing import Any

from producers.actors import actor_named
from producers.addresses import commit_in
from producers.payload import Payload
from producers.references import change_of, subject_of, tickets_in, tier_of
from producers.sources.drone.progress import Progress, progress_of
from producers.vendor import Told
from schemas.events import DeploymentState, DeploymentUpdated, Event, Links, Origin, Outcome, RunUpdated, TaskUpdated

_ONLY_ATTEMPT = 1  # a build that is restarted is another build, and how often is not counted
_PIPELINE = "drone"  # a repository has one; its parts are stages
_DEPLOYED: Mapping[Outcome, DeploymentState] = {"success": "succeeded", "failure": "failed", "error": "failed"}


def build(told: Told) -> list[Event]:
    """A build as far as it has come, with its stages; a promotion or a rollback is a deployment as well."""
    found, repository = told.payload.part("build"), told.payload.part("repo")
    run, progress, links = found.id("id"), progress_of(found, "finished"), _links(found)
    origin, page = Origin(repository=repository.text("slug")), repository.text("link")
    actor = actor_named(found.optional_text("sender") or found.optional_text("author_login"))
    url = _url(told.payload, found)

    def frame(type_: str, id_: str, at: Progress) -> dict[str, Any]:
        return {**told.frame(type_, page, origin, id_, at.word, at.at), "actor": actor, "url": url, "links": links}

    events: list[Event] = [
        RunUpdated(
            **frame("RunUpdated", run, progress),
            run=run,
            attempt=_ONLY_ATTEMPT,
            pipeline=_PIPELINE,
            branch=found.optional_text("source" if links.change else "target"),
            **progress.fields,
        )
    ]
    for stage in found.parts("stages"):
        id_, of = stage.id("id"), progress_of(stage, "stopped")
        task = {**frame("TaskUpdated", id_, of), "run": run, "task": id_, "name": stage.text("name"), **of.fields}
        events.append(TaskUpdated(**task, attempt=_ONLY_ATTEMPT))
    if found.optional_text("event") in ("promote", "rollback") and progress.outcome != "skipped":
        deployment = {**frame("DeploymentUpdated", run, progress), **_deployment(found, progress)}
        events.append(DeploymentUpdated(**deployment))
    return events


def _deployment(found: Payload, progress: Progress) -> dict[str, Any]:
    """What a promotion or rollback tells of the deployment that it is."""
    id_, environment, links = found.id("id"), found.text("deploy_to"), _links(found)
    state: DeploymentState = "queued" if progress.state == "queued" else "started"
    if progress.outcome:
        state = _DEPLOYED.get(progress.outcome, "cancelled")
    return {
        "links": links.model_copy(update={"deployment": id_}),
        "deployment": id_,
        "environment": environment,
        "tier": tier_of(environment),
        "sha": links.sha,
        "state": state,
        "kind": "rollback" if found.text("event") == "rollback" else "deploy",
        "created_at": progress.queued_at,
        "finished_at": progress.finished_at,
    }


def _links(found: Payload) -> Links:
    """What a build can be joined to."""
    subject = subject_of(found.optional_text("message") or "")
    tickets = tickets_in(found.optional_text("source"), found.optional_text("title"), subject)
    sha, change = commit_in(found.optional_text("after") or ""), change_of(found.optional_text("ref"))
    return Links(tickets=tickets, sha=sha, change=change, run=found.id("id"))


def _url(document: Payload, found: Payload) -> str | None:
    """The build's page, where the server says its own address: `link` is the commit's."""
    system = document.optional_part("system")
    link = system.optional_text("link") if system else None
    slug = document.part("repo").text("slug")
    return f"{link.rstrip('/')}/{slug}/{found.id('number')}" if link else found.optional_text("link")
