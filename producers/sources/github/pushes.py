"""Pushes of branches and tags. Pure."""

from datetime import datetime

from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.github.context import Context, actor_of, author_of
from schemas.events import ArtifactPublished, Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"
_NOWHERE = "0" * 40


def push(context: Context) -> list[Event]:
    """The commits of a push, or the tag that was made or taken away; nothing for the end of a branch."""
    payload = context.payload
    reference = payload.text("ref")
    if reference.startswith(_TAG):
        return [_tag(context, reference)]
    if not reference.startswith(_BRANCH) or payload.flag("deleted"):
        return []
    branch = reference.removeprefix(_BRANCH)
    before, after = payload.text("before"), payload.text("after")
    pushed = list(payload.parts("commits"))
    at = _moment(payload)
    subjects = [subject_of(commit.optional_text("message") or "") for commit in pushed]
    return [
        CommitsPushed(
            **context.frame("CommitsPushed", reference, before, at, mark=after),
            actor=actor_of(payload.optional_part("sender")),
            url=payload.optional_text("compare"),
            links=Links(tickets=tickets_in(branch, *subjects), sha=after),
            branch=branch,
            default_branch=branch == payload.part("repository").optional_text("default_branch"),
            before=None if before == _NOWHERE else before,
            after=after,
            forced=payload.flag("forced"),
            commits=tuple(map(_commit, pushed, subjects)),
        )
    ]


def _tag(context: Context, reference: str) -> ArtifactPublished:
    """A version of the repository: made by a tag, published by a release."""
    payload, tag = context.payload, reference.removeprefix(_TAG)
    head = payload.optional_part("head_commit")
    change, gone = payload.text("before") + payload.text("after"), payload.flag("deleted")
    artifact, action = package_url("github", context.repository.lower(), tag), "deleted" if gone else "packaged"
    return ArtifactPublished(
        **context.frame("ArtifactPublished", artifact, action, _moment(payload), mark=change),
        actor=actor_of(payload.optional_part("sender")),
        url=payload.optional_text("compare"),
        # An annotated tag is an object of its own, and the head its commit.
        links=Links(tickets=tickets_in(tag), sha=head.text("id") if head else None),
        artifact=artifact,
        action="deleted" if gone else "packaged",
        name=tag,
    )


def _moment(payload: Payload) -> datetime:
    return payload.part("repository").optional_moment("pushed_at") or payload.part("head_commit").moment("timestamp")


def _commit(commit: Payload, subject: str) -> Commit:
    return Commit(
        sha=commit.text("id"),
        committed_at=commit.moment("timestamp"),
        paths=_paths(commit),
        author=author_of(commit),
        change=change_in(subject),
        distinct=commit.flag("distinct", default=True),
    )


def _paths(commit: Payload) -> tuple[str, ...] | None:
    if not any(kind in commit.value for kind in ("added", "removed", "modified")):
        return None
    return tuple(dict.fromkeys(commit.texts("added") + commit.texts("removed") + commit.texts("modified")))
