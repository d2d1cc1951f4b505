"""A repository's history as `pipegauge import git` reads it, in a format of our own. Pure.

Two events, named in X-Pipegauge-Event and signed in X-Pipegauge-Signature-256 as GitHub signs; times are seconds
since 1970. Both say which repository: {"repository": "acme/checkout", "url": "https://…" or "urn:git:…"}.

commits: {"branch", "default_branch": bool, "pushes": [{"before", "complete": bool, "began_at", "commits": [
    {"sha", "parents": […], "authored_at", "committed_at", "author": {"name", "email"}, "subject",
     "paths": […] or null}]}]}
tags: {"tags": [{"name", "sha", "at"}]}

A push is what one commit of the branch's first-parent line brought to it, from the oldest to that commit, which is the
last. One that brought very many is told in several pushes, all but the last not `complete`. `began_at` is the earliest
author time of all that it brought. So a push depends on its own commits only: however pushes are put into deliveries,
and whatever is committed later, it is the same event with the same id.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from producers.payload import Payload, root
from producers.references import change_in, tickets_in
from producers.signatures import verify_sha256
from producers.source import Unmappable
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import (
    Actor,
    ChangeUpdated,
    Commit,
    CommitsPushed,
    DeploymentUpdated,
    Event,
    Links,
    Origin,
    event_id,
)

EVENT_HEADER = "x-pipegauge-event"
SIGNATURE_HEADER = "x-pipegauge-signature-256"
_PRODUCTION = "production"
_BOT = "[bot]"


class Git:
    """The source `git`."""

    name = "git"
    handles = frozenset({"commits", "tags"})
    ignores: frozenset[str] = frozenset()
    personal = ("**.author.name", "**.author.email")

    def event_name(self, headers: Headers, body: bytes) -> str:
        """Raises Unmappable if the header is missing."""
        name = headers.get(EVENT_HEADER)
        if not name:
            raise Unmappable("the header X-Pipegauge-Event is missing", EVENT_HEADER)
        return name

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` signed the raw body."""
        verify_sha256(delivery.headers, SIGNATURE_HEADER, delivery.body, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery. Raises Unmappable, and nothing else, whatever the document holds."""
        name = self.event_name(delivery.headers, delivery.body)
        if name not in self.handles:
            raise Unmappable(f"git has no mapping for the event {name[:100]!r}")
        try:
            document = root(delivery.document)
            if name == "tags":
                return [_deployment(document, tag, delivery.received_at) for tag in document.parts("tags")]
            return [event for push in document.parts("pushes") for event in _pushed(document, push, delivery)]
        except ValidationError as error:  # a value of the right type that no event of ours may carry, such as a NUL
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = ".".join(map(str, first["loc"]))
            raise Unmappable(f"{field}: {first['msg']}", field) from error


def _pushed(document: Payload, push: Payload, delivery: Delivery) -> list[Event]:
    """The commits of a push, and the change that its last commit says it merged."""
    commits = list(push.parts("commits"))
    if not commits:
        raise push.unfit("commits", "a list of commits")
    last = commits[-1]
    branch, after, at = document.text("branch"), last.text("sha"), last.moment("committed_at")
    complete = push.flag("complete", default=True)
    subjects = [commit.optional_text("subject") or "" for commit in commits]
    events: list[Event] = [
        CommitsPushed(
            **_frame(document, "CommitsPushed", after, branch, at, delivery.received_at),
            url=_page(document, "commit", after),
            links=Links(tickets=tickets_in(*subjects), sha=after),
            branch=branch,
            default_branch=document.flag("default_branch"),
            before=push.optional_text("before"),
            after=after,
            commits=tuple(
                # What a merge brought was on a branch of its own before.
                _commit(commit, subject, distinct=complete and commit is last)
                for commit, subject in zip(commits, subjects, strict=True)
            ),
        )
    ]
    number = change_in(subjects[-1])
    if complete and number is not None:
        events.append(_merged(document, push, last, number, delivery.received_at))
    return events


def _commit(commit: Payload, subject: str, distinct: bool) -> Commit:
    return Commit(
        sha=commit.text("sha"),
        committed_at=commit.moment("committed_at"),
        parents=tuple(commit.texts("parents")),
        paths=tuple(commit.texts("paths")) if commit.value.get("paths") is not None else None,
        author=_author(commit),
        change=change_in(subject),
        distinct=distinct,
    )


def _merged(document: Payload, push: Payload, merge: Payload, number: str, received_at: datetime) -> ChangeUpdated:
    """A change as far as history tells it. A squash hides when its work began, so that no first commit is claimed."""
    parents, at, sha = merge.texts("parents"), merge.moment("committed_at"), merge.text("sha")
    is_merge = len(parents) > 1
    began_at = push.moment("began_at")
    subject = merge.optional_text("subject") or ""
    return ChangeUpdated(
        **_frame(document, "ChangeUpdated", number, "merged", at, received_at, mark=sha),
        url=_page(document, "pull", number),
        links=Links(tickets=tickets_in(subject), sha=sha, change=number),
        change=number,
        action="merged",
        state="merged",
        created_at=began_at,
        merged_at=at,
        first_commit_at=began_at if is_merge else None,
        author=None if is_merge else _author(merge),
        head_sha=parents[1] if is_merge else None,
        base_branch=document.text("branch"),
        merge_sha=sha,
        title=subject,
    )


def _deployment(document: Payload, tag: Payload, received_at: datetime) -> DeploymentUpdated:
    """A tag is a deployment into production that went well: history knows of no other."""
    name, sha, at = tag.text("name"), tag.text("sha"), tag.moment("at")
    return DeploymentUpdated(
        **_frame(document, "DeploymentUpdated", name, "succeeded", at, received_at, mark=sha),
        url=_page(document, "tree", name),
        links=Links(tickets=tickets_in(name), sha=sha, deployment=name),
        deployment=name,
        environment=_PRODUCTION,
        tier="production",
        sha=sha,
        state="succeeded",
        created_at=at,
        finished_at=at,
    )


def _frame(
    document: Payload, type_: str, object_id: str, state: str, at: datetime, received_at: datetime, mark: str = ""
) -> dict[str, Any]:
    source = document.text("url")
    return {
        "id": event_id(source, type_, object_id, None, f"history/{state}", at.isoformat() + mark),
        "source": source,
        "origin": Origin(repository=document.text("repository")),
        "occurred_at": at,
        "received_at": received_at,
        "history": True,
    }


def _page(document: Payload, kind: str, name: str) -> str | None:
    url = document.text("url")
    return f"{url}/{kind}/{name}" if url.startswith("https://") else None


def _author(commit: Payload) -> Actor | None:
    author = commit.optional_part("author")
    name = author.optional_text("name") if author else None
    id_ = (author.optional_text("email") if author else None) or name
    if id_ is None:
        return None
    return Actor(id=id_, kind="bot" if name is not None and name.endswith(_BOT) else "human")


SOURCE = Git()
