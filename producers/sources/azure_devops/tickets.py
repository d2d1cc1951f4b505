"""Work items: requirements, bugs and tasks. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.sources.azure_devops.context import Context, actor_of
from schemas.events import Actor, Event, Origin, TicketState, TicketUpdated

# https://learn.microsoft.com/azure/devops/boards/work-items/workflow-and-state-categories
_STATES: Mapping[str, TicketState] = {
    "new": "open",
    "proposed": "open",
    "to do": "open",
    "approved": "open",
    "design": "open",
    "requested": "open",
    "active": "in_progress",
    "committed": "in_progress",
    "open": "in_progress",  # an impediment
    "doing": "in_progress",
    "in progress": "in_progress",
    "ready": "in_progress",
    "resolved": "in_progress",  # to be verified
    "closed": "closed",
    "done": "closed",
    "completed": "closed",
    "removed": "closed",
}


def created(context: Context) -> list[Event]:
    """A work item that was made."""
    fields = context.resource.part("fields")
    return [_told(context, context.resource, fields, "created", fields.moment("System.CreatedDate"))]


def updated(context: Context) -> list[Event]:
    """A work item after a change of its fields: `revision` is what it is now, `fields` tells which changed."""
    revision, changed = context.resource.part("revision"), context.resource.optional_part("fields")
    fields = revision.part("fields")
    closed = changed is not None and "System.State" in changed.value and _state(fields) == "closed"
    at = fields.moment("System.ChangedDate")
    return [_told(context, revision, fields, "closed" if closed else "updated", at)]


def deleted(context: Context) -> list[Event]:
    """A work item that was thrown away: nobody will work on it. Its last change is older than that."""
    item = context.resource
    return [_told(context, item, item.part("fields"), "closed", context.at, "closed")]


def restored(context: Context) -> list[Event]:
    """A work item that was taken back."""
    return [_told(context, context.resource, context.resource.part("fields"), "updated", context.at)]


def _told(
    context: Context,
    item: Payload,
    fields: Payload,
    action: Literal["created", "updated", "closed"],
    at: datetime,
    state: TicketState | None = None,
) -> TicketUpdated:
    ticket, state, revision = item.id("id"), state or _state(fields), item.number("rev", default=0)
    origin = Origin(project=fields.text("System.TeamProject"))
    closed_at = fields.optional_moment("Microsoft.VSTS.Common.ClosedDate") if state == "closed" else None
    links = context.resource.optional_part("_links")
    page = links.optional_part("html") if links else None
    return TicketUpdated(
        **context.frame("TicketUpdated", origin, ticket, action, at, mark=f"/{revision}"),
        actor=_actor(fields),
        url=page.optional_text("href") if page else None,
        ticket=ticket,
        action=action,
        state=state,
        kind=fields.optional_text("System.WorkItemType") or "",
        title=fields.optional_text("System.Title") or "",
        created_at=fields.optional_moment("System.CreatedDate"),
        closed_at=closed_at or (at if action == "closed" else None),
    )


def _state(fields: Payload) -> TicketState:
    """Where a state belongs is a setting of the process, which nothing tells: one that a team made up is not known."""
    state = _STATES.get(fields.text("System.State").lower())
    if state is None:
        raise fields.unfit("System.State", "a state of the processes that Azure DevOps comes with")
    return state


def _actor(fields: Payload) -> Actor | None:
    """Who changed it: a name and address in one, or, in newer versions, an identity."""
    if isinstance(fields.value.get("System.ChangedBy"), dict):
        return actor_of(fields.part("System.ChangedBy"))
    name = fields.optional_text("System.ChangedBy")
    return Actor(id=name) if name else None
