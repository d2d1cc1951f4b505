"""Pushes of branches and tags. Pure."""

from producers.branches import oldest_first, own_commits
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.bitbucket_server.context import Context, actor_of, context_of, time_of
from producers.vendor import Told
from schemas.events import ArtifactPublished, Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"


def push(told: Told) -> list[Event]:
    """The commits of a push, one event for each branch, and the tags that were made; nothing for the end of either.

    Older versions tell no commits.
    """
    context = context_of(told, told.payload.part("repository"))
    changes = [one for one in told.payload.parts("changes") if one.text("type") != "DELETE"]
    branches = [one for one in changes if one.part("ref").text("id").startswith(_BRANCH)]
    tags = [one for one in changes if one.part("ref").text("id").startswith(_TAG)]
    commits = list(told.payload.parts("commits"))
    pushed = [_pushed(context, change, _commits_of(change, commits, len(branches))) for change in branches]
    return [*pushed, *(_tag(context, change) for change in tags)]


def _pushed(context: Context, change: Payload, commits: list[Payload]) -> CommitsPushed:
    ref = change.part("ref")
    branch, before, after = ref.text("displayId"), change.text("fromHash"), change.text("toHash")
    subjects = [subject_of(commit.optional_text("message") or "") for commit in commits]
    own = own_commits({commit.text("id"): _parents(commit) for commit in commits}, after)
    return CommitsPushed(
        **context.frame("CommitsPushed", ref.text("id"), before, context.payload.moment("date"), mark=after),
        actor=actor_of(context.payload.optional_part("actor")),
        links=Links(tickets=tickets_in(branch, *subjects), sha=after),
        branch=branch,
        default_branch=False,  # which it is nobody tells
        before=before if before.strip("0") else None,
        after=after,
        commits=tuple(_commit(one, subject, own) for one, subject in zip(commits, subjects, strict=True)),
    )


def _tag(context: Context, change: Payload) -> ArtifactPublished:
    """A version of the repository. The hash of an annotated tag is its own: which commit it names is not told."""
    ref, after = change.part("ref"), change.text("toHash")
    name = ref.text("displayId")
    page = None if context.source.startswith("urn:") else f"git+{context.source}"
    return ArtifactPublished(
        **context.frame("ArtifactPublished", ref.text("id"), "packaged", context.payload.moment("date"), mark=after),
        actor=actor_of(context.payload.optional_part("actor")),
        links=Links(tickets=tickets_in(name)),
        artifact=package_url("generic", context.repository, name, vcs_url=page),
        action="packaged",
        name=name,
    )


def _commits_of(change: Payload, commits: list[Payload], branches: int) -> list[Payload]:
    """The commits of a branch. Nobody tells which of them went where if several branches were pushed at once: then
    each gets its newest."""
    after = change.text("toHash")
    if branches > 1:
        return [commit for commit in commits if commit.text("id") == after]
    return oldest_first(commits, [commit.text("id") for commit in commits], after)


def _commit(commit: Payload, subject: str, own: frozenset[str]) -> Commit:
    sha = commit.text("id")
    return Commit(
        sha=sha,
        committed_at=time_of(commit, "committerTimestamp"),
        parents=_parents(commit) or None,
        author=actor_of(commit.optional_part("author")),
        change=change_in(subject),
        distinct=sha in own,
    )


def _parents(commit: Payload) -> tuple[str, ...]:
    return tuple(parent.text("id") for parent in commit.parts("parents"))
