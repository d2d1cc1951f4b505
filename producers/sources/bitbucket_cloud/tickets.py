"""Issues of a repository's own tracker. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.sources.bitbucket_cloud.context import Context, actor_of, link_of
from schemas.events import Event, TicketState, TicketUpdated

_STATES: Mapping[str, TicketState] = {
    "new": "open",
    "submitted": "open",
    "open": "open",
    "on hold": "open",
    "resolved": "closed",
    "invalid": "closed",
    "duplicate": "closed",
    "wontfix": "closed",
    "closed": "closed",
}
_Action = Literal["created", "updated", "closed"]


def created(context: Context) -> list[Event]:
    """An issue that was reported."""
    issue = context.payload.part("issue")
    return [_told(context, issue, "created", issue.moment("created_on"))]


def updated(context: Context) -> list[Event]:
    """An issue after a change."""
    issue, changes = context.payload.part("issue"), context.payload.optional_part("changes")
    status = changes.optional_part("status") if changes else None
    closed = status is not None and _state(status, "new") == "closed"
    action: _Action = "closed" if closed else "updated"
    return [_told(context, issue, action, issue.moment("updated_on"), _state(status, "new") if status else None)]


def _told(context: Context, issue: Payload, action: _Action, at: datetime, state: TicketState | None = None) -> Event:
    id_ = issue.id("id")
    return TicketUpdated(
        **context.frame("TicketUpdated", id_, action, at),
        actor=actor_of(context.payload.optional_part("actor")),
        url=link_of(issue),
        ticket=id_,
        action=action,
        state=state or _state(issue, "state"),
        kind=issue.optional_text("kind") or issue.optional_text("type") or "",
        title=issue.optional_text("title") or "",
        created_at=issue.optional_moment("created_on"),
        closed_at=at if action == "closed" else None,
    )


def _state(part: Payload, name: str) -> TicketState:
    state = _STATES.get(part.text(name))
    if state is None:
        raise part.unfit(name, "a state that we know")
    return state
