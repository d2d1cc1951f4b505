"""What a commit of the branch's first-parent line brought to it, and the change that it merged. Pure."""

from datetime import datetime

from producers.payload import Payload
from producers.personal import is_bot
from producers.references import change_in, tickets_in
from producers.sources.git.frame import frame, page
from schemas.events import Actor, ChangeUpdated, Commit, CommitsPushed, Event, Links


def pushed(document: Payload, push: Payload, received_at: datetime) -> list[Event]:
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
            **frame(document, "CommitsPushed", after, branch, at, received_at),
            url=page(document, "commit", after),
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
        events.append(_merged(document, push, last, number, received_at))
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
        **frame(document, "ChangeUpdated", number, "merged", at, received_at, mark=sha),
        url=page(document, "pull", number),
        links=Links(tickets=tickets_in(subject), sha=sha, change=number),
        change=number,
        action="merged",
        state="merged",
        created_at=at,  # history does not tell when it was opened: all before the merge counts as coding
        merged_at=at,
        first_commit_at=began_at if is_merge else None,
        author=None if is_merge else _author(merge),
        head_sha=parents[1] if is_merge else None,
        base_branch=document.text("branch"),
        merge_sha=sha,
        title=subject,
    )


def _author(commit: Payload) -> Actor | None:
    author = commit.optional_part("author")
    name = author.optional_text("name") if author else None
    id_ = (author.optional_text("email") if author else None) or name
    if id_ is None:
        return None
    return Actor(id=id_, kind="bot" if name is not None and is_bot(name) else "human")
