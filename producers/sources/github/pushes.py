"""Pushes to branches. Pure."""

from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.github.context import Context, actor_of, author_of
from schemas.events import Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"
_NOWHERE = "0" * 40


def push(context: Context) -> list[Event]:
    """The commits of a push; nothing for tags and for the end of a branch."""
    payload = context.payload
    reference = payload.text("ref")
    if not reference.startswith(_BRANCH) or payload.flag("deleted"):
        return []
    branch = reference.removeprefix(_BRANCH)
    before, after = payload.text("before"), payload.text("after")
    pushed = list(payload.parts("commits"))
    at = payload.part("repository").optional_moment("pushed_at") or payload.part("head_commit").moment("timestamp")
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
