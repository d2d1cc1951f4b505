"""Acme CI, a vendor that nobody has, and a sound source for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from producers.conformance.case import Case
from producers.naming import EventHeader
from producers.payload import Payload
from producers.proof import Hmac
from producers.references import tier_of
from producers.vendor import Told, Vendor, because
from schemas.events import (
    Actor,
    Commit,
    CommitsPushed,
    DeploymentUpdated,
    Event,
    Links,
    Origin,
    RunUpdated,
)

OUTCOMES: dict[str, Any] = {"passed": "success", "broken": "failure"}
BUILD: dict[str, Any] = {
    "build": {
        "id": 7,
        "attempt": 1,
        "job": "compile",
        "status": "passed",
        "commit": "b" * 40,
        "ended": "2026-03-02T10:09:00Z",
    },
    "repository": "acme/shop",
    "by": {"login": "ann-example", "type": "User"},
}
PUSH = {
    "ref": "main",
    "before": "a" * 40,
    "after": "b" * 40,
    "at": "2026-03-02T09:00:00+01:00",
    "commits": [{"id": "b" * 40, "at": "2026-03-02T07:59:00Z"}],
    "repository": "acme/shop",
}
DEPLOY = {
    "deployment": {"id": "d-1", "environment": "production", "commit": "b" * 40, "at": "2026-03-02T11:00:00Z"},
    "repository": "acme/shop",
}


def case(event: str, body: object, **headers: str) -> Case:
    """A request of Acme CI."""
    told = {"content-type": "application/json", "x-acme-event": event, "x-acme-delivery": "1f0c", **headers}
    return Case(f"{event}/case", told, orjson.dumps(body))


CASES = (case("build", BUILD), case("push", PUSH), case("deploy", DEPLOY))


def build(told: Told) -> list[Event]:
    """A build that ended."""
    found = told.payload.part("build")
    return [run_of(told, found, found.number("attempt"), found.moment("ended"))]


def run_of(told: Told, found: Payload, attempt: int, at: datetime, mark: str = "") -> RunUpdated:
    origin = Origin(repository=told.payload.text("repository"))
    outcome = OUTCOMES.get(found.text("status"))
    if outcome is None:
        raise found.unfit("status", "a status that we know")
    by = told.payload.optional_part("by")
    return RunUpdated(
        **told.frame("RunUpdated", "urn:acme", origin, found.id("id"), "finished", at, attempt, mark=mark),
        actor=Actor(id=by.text("login"), kind="bot" if by.optional_text("type") == "Bot" else "human") if by else None,
        links=Links(sha=found.text("commit")),
        run=found.id("id"),
        attempt=attempt,
        pipeline=found.text("job"),
        state="finished",
        outcome=outcome,
        finished_at=at,
    )


def push(told: Told) -> list[Event]:
    """Commits that were pushed."""
    document, at = told.payload, told.payload.moment("at")
    origin, after = Origin(repository=document.text("repository")), document.text("after")
    branch = document.text("ref")
    commits = tuple(Commit(sha=one.text("id"), committed_at=one.moment("at")) for one in document.parts("commits"))
    return [
        CommitsPushed(
            **told.frame("CommitsPushed", "urn:acme", origin, branch, "pushed", at, mark=after),
            branch=branch,
            default_branch=branch == "main",
            before=document.optional_text("before"),
            after=after,
            commits=commits,
        )
    ]


def deploy(told: Told) -> list[Event]:
    """A deployment that went well."""
    found = told.payload.part("deployment")
    origin, at = Origin(repository=told.payload.text("repository")), found.moment("at")
    environment, id_ = found.text("environment"), found.id("id")
    return [
        DeploymentUpdated(
            **told.frame("DeploymentUpdated", "urn:acme", origin, id_, "succeeded", at),
            deployment=id_,
            environment=environment,
            tier=tier_of(environment),
            sha=found.text("commit"),
            state="succeeded",
            created_at=at,
            finished_at=at,
        )
    ]


SOUND = Vendor(
    name="acme-ci",
    title="Acme CI",
    page="https://ci.example/webhooks",
    setup="Settings, Webhooks, Add: {url}.",
    naming=EventHeader("X-Acme-Event"),
    proof=Hmac("X-Acme-Signature", "sha256="),
    mappings={"build": build, "push": push, "deploy": deploy},
    ignored=because({"it tells nothing of a build": ["ping"]}),
    personal=("**.login",),
)


def with_mapping(name: str, mapping: Callable[[Told], list[Event]]) -> Vendor:
    """The sound source with another mapping of one event."""
    return replace(SOUND, mappings={**SOUND.mappings, name: mapping})
