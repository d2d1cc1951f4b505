"""Pull requests, their reviews and comments. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.gitea.context import Context, actor_of, time_of
from schemas.events import (
    ChangeAction,
    ChangeCommented,
    ChangeUpdated,
    Event,
    Links,
    ReviewState,
    ReviewSubmitted,
)

_REVIEWS: Mapping[str, ReviewState] = {
    "pull_request_review_approved": "approved",
    "pull_request_review_rejected": "changes_requested",
    "pull_request_review_comment": "commented",
}
# What a title of work in progress begins with, unless the server is set up otherwise.
_DRAFT = ("wip:", "[wip]")
_State = Literal["open", "merged", "closed"]


class _Head(NamedTuple):
    branch: str | None
    sha: str | None


def pull_request(context: Context) -> list[Event]:
    """A pull request after an action; actions that have no name with us, such as labels, are updates."""
    change, word = context.payload.part("pull_request"), context.payload.text("action")
    merged_at = time_of(change, "merged_at")
    state = _state(change, word, change.flag("merged") or merged_at is not None)
    action, at = _action(context, change, word, state)
    number, head, base = _number(context, change), _head(change), change.optional_part("base")
    when = at or context.told.received_at
    return [
        ChangeUpdated(
            **context.frame("ChangeUpdated", number, word, at, mark=head.sha or ""),
            actor=context.sender,
            url=change.optional_text("html_url"),
            links=_links(number, change, head.sha),
            change=number,
            action=action,
            state=state,
            draft=_draft(change),
            created_at=time_of(change, "created_at") or (when if action == "opened" else None),
            merged_at=merged_at or (when if action == "merged" else None),
            closed_at=time_of(change, "closed_at") or (when if action in ("merged", "closed") else None),
            author=actor_of(change.optional_part("user")),
            head_branch=head.branch,
            head_sha=head.sha,
            base_branch=base.optional_text("ref") if base else change.optional_text("base_branch"),
            merge_sha=change.optional_text("merge_commit_sha") if state == "merged" else None,
            title=change.optional_text("title") or "",
        )
    ]


def review(context: Context) -> list[Event]:
    """A review. It has no number and no time of its own: a reviewer's word on a commit counts, and it is what last
    changed the pull request."""
    change, said = context.payload.part("pull_request"), context.payload.part("review")
    state = _REVIEWS.get(said.text("type"))
    if state is None:
        raise said.unfit("type", "a type of review that we know")
    number, sender = _number(context, change), context.sender
    sha = context.payload.optional_text("commit_id") or _head(change).sha
    review_id = f"{number}/{sender.id if sender else ''}"
    at = time_of(change, "updated_at")
    return [
        ReviewSubmitted(
            **context.frame("ReviewSubmitted", review_id, state, at, mark=sha or ""),
            actor=sender,
            url=change.optional_text("html_url"),
            links=_links(number, change, sha),
            change=number,
            review=review_id,
            state=state,
        )
    ]


def issue_comment(context: Context) -> list[Event]:
    """A comment on a pull request; one on an issue that is none says nothing of the pipeline, and later edits and
    deletions change no time that counts."""
    issue, pull = context.payload.part("issue"), context.payload.optional_part("pull_request")
    on_change = context.payload.flag("is_pull") or issue.optional_part("pull_request") is not None
    if context.payload.text("action") != "created" or not on_change:
        return []
    comment, number = context.payload.part("comment"), issue.id("number")
    # Old servers tell of a comment before they know its time.
    at, id_ = time_of(comment, "created_at") or time_of(issue, "updated_at"), comment.id("id")
    return [
        ChangeCommented(
            **context.frame("ChangeCommented", id_, "created", at),
            actor=actor_of(comment.optional_part("user")),
            url=comment.optional_text("html_url"),
            links=_links(number, pull or issue, None),
            change=number,
            comment=id_,
        )
    ]


def _action(context: Context, change: Payload, word: str, state: _State) -> tuple[ChangeAction, datetime | None]:
    if word == "opened":
        return "opened", time_of(change, "created_at", "updated_at")
    if word == "closed":
        own = "merged_at" if state == "merged" else "closed_at"
        return ("merged" if state == "merged" else "closed"), time_of(change, own, "updated_at")
    at = time_of(change, "updated_at")
    return ("reopened" if word == "reopened" else _edit(context, change)), at


def _edit(context: Context, change: Payload) -> ChangeAction:
    """What an edit of the title, which marks a draft, made of a pull request."""
    changes = context.payload.optional_part("changes")
    title = changes.optional_part("title") if changes else None
    before, now = (title.optional_text("from") or "" if title else None), _draft(change)
    if before is None or before.lower().startswith(_DRAFT) == now:
        return "updated"
    return "drafted" if now else "ready"


def _draft(change: Payload) -> bool:
    return change.flag("draft", default=(change.optional_text("title") or "").lower().startswith(_DRAFT))


def _state(change: Payload, word: str, merged: bool) -> _State:
    state = change.optional_text("state") or ("closed" if word == "closed" else "open")
    if state not in ("open", "closed"):
        raise change.unfit("state", "open or closed")
    return "merged" if merged else "closed" if state == "closed" else "open"


def _number(context: Context, change: Payload) -> str:
    return context.payload.id("number") if context.payload.value.get("number") is not None else change.id("number")


def _head(change: Payload) -> _Head:
    """The branch and its newest commit; Gogs tells only the branch."""
    head = change.optional_part("head")
    if head is None:
        return _Head(change.optional_text("head_branch"), None)
    return _Head(head.optional_text("ref"), head.optional_text("sha"))


def _links(number: str, change: Payload, sha: str | None) -> Links:
    head = _head(change)
    return Links(
        tickets=tickets_in(head.branch, change.optional_text("title")),
        sha=sha or head.sha,
        change=number,
    )
