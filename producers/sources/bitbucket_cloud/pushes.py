"""Pushes to branches. Pure."""

from producers.branches import own_commits
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.bitbucket_cloud.context import Context, actor_of, author_of
from schemas.events import Commit, CommitsPushed, Event, Links


def push(context: Context) -> list[Event]:
    """The commits of a push, one event for each branch; nothing for tags and for the end of a branch."""
    changes = context.payload.part("push").parts("changes")
    return [event for change in changes for event in _pushed(context, change)]


def _pushed(context: Context, change: Payload) -> list[Event]:
    reached = change.optional_part("new")
    if reached is None or reached.text("type") != "branch":
        return []
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
    links = change.optional_part("links")
    page = links.optional_part("html") if links else None
    return [
        CommitsPushed(
            **context.frame("CommitsPushed", branch, before or "", at, mark=after),
            actor=actor_of(context.payload.optional_part("actor")),
            url=page.optional_text("href") if page else None,
            links=Links(tickets=tickets_in(branch, *subjects), sha=after),
            branch=branch,
            default_branch=main is not None and branch == main.optional_text("name"),
            before=before,
            after=after,
            forced=change.flag("forced"),
            commits=tuple(_commit(one, subject, own) for one, subject in zip(commits, subjects, strict=True)),
        )
    ]


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
