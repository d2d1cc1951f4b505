"""Pull requests. Pure."""

from datetime import datetime
from typing import Literal, NamedTuple

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.gitea.context import Context, actor_of, time_of
from schemas.events import ChangeAction, ChangeUpdated, Event, Links

# What a title of work in progress begins with, unless the server is set up otherwise.
_DRAFT = ("wip:", "[wip]")
_State = Literal["open", "merged", "closed"]


class Head(NamedTuple):
    """The branch that a pull request comes from, and its newest commit, which Gogs does not tell."""

    branch: str | None
    sha: str | None


def pull_request(context: Context) -> list[Event]:
    """A pull request after an action; actions that have no name with us, such as labels, are updates."""
    change, word = context.payload.part("pull_request"), context.payload.text("action")
    merged_at = time_of(change, "merged_at")
    state = _state(change, word, change.flag("merged") or merged_at is not None)
    action, at = _action(context, change, word, state)
    number, head, base = number_of(context, change), head_of(change), change.optional_part("base")
    when = at or context.told.received_at
    return [
        ChangeUpdated(
            **context.frame("ChangeUpdated", number, f"{word}/{action}/{state}", at, mark=head.sha or ""),
            actor=context.sender,
            url=change.optional_text("html_url"),
            links=links_of(number, change, head.sha),
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


def number_of(context: Context, change: Payload) -> str:
    """The number of a pull request, which some payloads tell only beside it."""
    return context.payload.id("number") if context.payload.value.get("number") is not None else change.id("number")


def head_of(change: Payload) -> Head:
    """What a pull request comes from."""
    head = change.optional_part("head")
    if head is None:
        return Head(change.optional_text("head_branch"), None)
    return Head(head.optional_text("ref"), head.optional_text("sha"))


def links_of(number: str, change: Payload, sha: str | None) -> Links:
    """What an event of a pull request, or of the issue that it is too, can be joined to."""
    head = head_of(change)
    return Links(
        tickets=tickets_in(head.branch, change.optional_text("title")),
        sha=sha or head.sha,
        change=number,
    )


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
