"""Pushes of branches and tags. Pure."""

from producers.branches import own_commits
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.bitbucket_cloud.context import Context, actor_of, author_of
from schemas.events import ArtifactPublished, Commit, CommitsPushed, Event, Links


def push(context: Context) -> list[Event]:
    """The commits of a push, one event for each branch, and the tags that were made; nothing for the end of either."""
    events: list[Event] = []
    for change in context.payload.part("push").parts("changes"):
        reached = change.optional_part("new")
        if reached is None:
            continue
        if reached.text("type") == "branch":
            events.append(_pushed(context, change, reached))
        elif reached.text("type") == "tag":
            events.append(_tag(context, reached))
    return events


def _tag(context: Context, tag: Payload) -> ArtifactPublished:
    """A version of the repository. Only an annotated tag tells when it was made."""
    name, sha, at = tag.text("name"), tag.part("target").text("hash"), tag.optional_moment("date")
    return ArtifactPublished(
        **context.frame("ArtifactPublished", f"tag/{name}", "packaged", at, mark=sha),
        actor=actor_of(context.payload.optional_part("actor")),
        url=_page(tag),
        links=Links(tickets=tickets_in(name), sha=sha),
        artifact=package_url("bitbucket", context.repository.lower(), name),
        action="packaged",
        name=name,
    )


def _pushed(context: Context, change: Payload, reached: Payload) -> CommitsPushed:
    target, old = reached.part("target"), change.optional_part("old")
    branch, after = reached.text("name"), target.text("hash")
    before = old.part("target").text("hash") if old else None
    # Bitbucket lists the newest first, five at most, and says nothing of the time but when the newest was made.
    listed = list(change.parts("commits"))[::-1]
    commits = [commit for commit in listed if commit.value.get("date") is not None]
    own = own_commits({commit.text("hash"): _parents(commit) for commit in commits}, after)
    at = target.moment("date")
    subjects = [subject_of(commit.optional_text("message") or "") for commit in commits]
    main = context.payload.part("repository").optional_part("mainbranch")
    return CommitsPushed(
        **context.frame("CommitsPushed", branch, before or "", at, mark=after),
        actor=actor_of(context.payload.optional_part("actor")),
        url=_page(change),
        links=Links(tickets=tickets_in(branch, *subjects), sha=after),
        branch=branch,
        default_branch=main is not None and branch == main.optional_text("name"),
        before=before,
        after=after,
        forced=change.flag("forced"),
        commits=tuple(_commit(one, subject, own) for one, subject in zip(commits, subjects, strict=True)),
    )


def _commit(commit: Payload, subject: str, own: frozenset[str]) -> Commit:
    sha = commit.text("hash")
    return Commit(
        sha=sha,
        committed_at=commit.moment("date"),
        parents=_parents(commit) or None,
        author=author_of(commit.optional_part("author")),
        change=change_in(subject),
        distinct=sha in own,
    )


def _parents(commit: Payload) -> tuple[str, ...]:
    return tuple(parent.text("hash") for parent in commit.parts("parents"))


def _page(part: Payload) -> str | None:
    links = part.optional_part("links")
    page = links.optional_part("html") if links else None
    return page.optional_text("href") if page else None
