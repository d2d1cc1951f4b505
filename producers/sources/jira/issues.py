"""Issues: the tickets of Jira. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.personal import is_bot
from producers.vendor import Told
from schemas.events import Actor, Event, Links, Origin, TicketState, TicketUpdated

_STATES: Mapping[str, TicketState] = {
    "undefined": "open",  # "No Category": a status that nobody sorted
    "new": "open",
    "indeterminate": "in_progress",
    "done": "closed",
}


def created(told: Told) -> list[Event]:
    """An issue was made."""
    issue = told.payload.part("issue")
    at = issue.part("fields").optional_moment("created") or told.payload.milliseconds("timestamp")
    return [_ticket(told, issue, "created", at)]


def updated(told: Told) -> list[Event]:
    """An issue was changed, or commented on: Data Center tells comments this way too.

    The moment is the issue's own, which is one for all hooks of a site; the delivery's differs from hook to hook.
    """
    issue = told.payload.part("issue")
    at = issue.part("fields").optional_moment("updated") or told.payload.milliseconds("timestamp")
    closed = _state(issue.part("fields")) == "closed" and _moved(told.payload)
    return [_ticket(told, issue, "closed" if closed else "updated", at)]


def deleted(told: Told) -> list[Event]:
    """An issue was deleted: it is closed, but was not done at that moment."""
    issue = told.payload.part("issue")
    return [_ticket(told, issue, "closed", told.payload.milliseconds("timestamp"), deleted=True)]


def _ticket(
    told: Told, issue: Payload, action: Literal["created", "updated", "closed"], at: datetime, deleted: bool = False
) -> TicketUpdated:
    fields, key, site = issue.part("fields"), issue.text("key"), issue.text("self").partition("/rest/")[0]
    project = key.rpartition("-")[0]
    state = _state(fields)
    # A status of the category done may leave the resolution open; Cloud then tells since when it is in its category.
    done_at = fields.optional_moment("resolutiondate") or fields.optional_moment("statuscategorychangedate")
    closed_at = done_at or (at if action == "closed" and not deleted else None)
    kind = fields.optional_part("issuetype")
    return TicketUpdated(
        **told.frame(
            "TicketUpdated",
            f"{site}/projects/{project}",
            Origin(project=project),
            issue.id("id"),
            "deleted" if deleted else action,
            at,
            mark=_mark(told.payload),
        ),
        actor=_actor(told.payload.optional_part("user")),
        url=f"{site}/browse/{key}",
        links=Links(tickets=(key,)),
        ticket=key,
        action=action,
        state="closed" if deleted else state,
        kind=(kind.optional_text("name") if kind else None) or "",
        title=fields.optional_text("summary") or "",
        created_at=fields.optional_moment("created"),
        closed_at=closed_at if state == "closed" else None,
    )


def _state(fields: Payload) -> TicketState:
    category = fields.part("status").part("statusCategory")
    state = _STATES.get(category.text("key"))
    if state is None:
        raise category.unfit("key", "a category of statuses that we know")
    return state


def _moved(payload: Payload) -> bool:
    """Whether the update changed the status. Not its name: a custom field may be called Status too."""
    changelog = payload.optional_part("changelog")
    items = changelog.parts("items") if changelog else ()
    return any(item.value.get("field") == "status" and item.value.get("fieldtype") != "custom" for item in items)


def _mark(payload: Payload) -> str:
    """What tells two updates of one millisecond apart: the entry of the changelog, or the comment."""
    for name in ("changelog", "comment"):
        part = payload.optional_part(name)
        if part is not None and part.value.get("id") is not None:
            return f"/{name}/{part.id('id')}"
    return ""


def _actor(user: Payload | None) -> Actor | None:
    """Who did it; an app of Cloud, such as an automation, is a bot."""
    names = ("accountId", "name", "key", "displayName")
    id_ = next((id_ for name in names if (id_ := user.optional_text(name))), None) if user else None
    if user is None or id_ is None:
        return None
    return Actor(id=id_, kind="bot" if user.optional_text("accountType") == "app" or is_bot(id_) else "human")
