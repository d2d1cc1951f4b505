"""Pushes of branches and tags. Pure."""

from datetime import datetime

from producers.branches import oldest_first, own_by_words
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.gitea.context import Context, author_of, time_of
from schemas.events import ArtifactPublished, Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"


def push(context: Context) -> list[Event]:
    """The commits of a push, or the tag that was made; nothing for the end of either."""
    payload = context.payload
    reference, after = payload.text("ref"), payload.text("after")
    if not after.strip("0"):
        return []
    if reference.startswith(_TAG):
        return [_tag(context, reference)]
    return [_pushed(context, reference, after)] if reference.startswith(_BRANCH) else []


def version_of(context: Context, tag: str) -> str:
    """The package URL of a version of the repository: a host that anybody may run has no type of its own."""
    return package_url("generic", context.name, tag, vcs_url=f"git+{context.page}")


def _pushed(context: Context, reference: str, after: str) -> CommitsPushed:
    payload, branch = context.payload, reference.removeprefix(_BRANCH)
    before, told = payload.text("before"), list(payload.parts("commits"))
    commits = oldest_first(told, [commit.text("id") for commit in told], after)
    subjects = [subject_of(commit.optional_text("message") or "") for commit in commits]
    found = map(_commit, commits, subjects, own_by_words(subjects))
    return CommitsPushed(
        **context.frame("CommitsPushed", reference, before, _moment(context), mark=after),
        actor=context.sender,
        url=payload.optional_text("compare_url"),
        links=Links(tickets=tickets_in(branch, *subjects), sha=after),
        branch=branch,
        default_branch=branch == context.repository.optional_text("default_branch"),
        before=before if before.strip("0") else None,
        after=after,
        # Old servers tell no time of a commit: the push still tells where the branch is.
        commits=tuple(commit for commit in found if commit is not None),
    )


def _tag(context: Context, reference: str) -> ArtifactPublished:
    """A version of the repository: made by a tag, published by a release."""
    payload, tag = context.payload, reference.removeprefix(_TAG)
    head = payload.optional_part("head_commit")
    return ArtifactPublished(
        **context.frame("ArtifactPublished", reference, "packaged", _moment(context), mark=payload.text("after")),
        actor=context.sender,
        url=payload.optional_text("compare_url"),
        # An annotated tag is an object of its own, and the head its commit.
        links=Links(tickets=tickets_in(tag), sha=head.text("id") if head else None),
        artifact=version_of(context, tag),
        action="packaged",
        name=tag,
    )


def _moment(context: Context) -> datetime | None:
    """No time of the push is told. It was after its newest commit and after the last change of the repository, which
    may be of before the push."""
    head = context.payload.optional_part("head_commit") or next(context.payload.parts("commits"), None)
    times = (time_of(head, "timestamp") if head else None, time_of(context.repository, "updated_at"))
    return max((at for at in times if at is not None), default=None)


def _commit(commit: Payload, subject: str, own: bool) -> Commit | None:
    at = time_of(commit, "timestamp")
    if at is None:
        return None
    return Commit(
        sha=commit.text("id"),
        committed_at=at,
        paths=_paths(commit),
        author=author_of(commit),
        change=change_in(subject),
        distinct=own,
    )


def _paths(commit: Payload) -> tuple[str, ...] | None:
    if not any(kind in commit.value for kind in ("added", "removed", "modified")):
        return None
    return tuple(dict.fromkeys(commit.texts("added") + commit.texts("removed") + commit.texts("modified")))
