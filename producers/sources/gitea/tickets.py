"""Issues of a repository's own tracker. Pure."""

from typing import Literal

from producers.sources.gitea.context import Context, time_of
from schemas.events import Event, TicketUpdated

_Action = Literal["created", "updated", "closed"]


def issues(context: Context) -> list[Event]:
    """An issue after an action."""
    issue, word = context.payload.part("issue"), context.payload.text("action")
    state = issue.optional_text("state") or ("closed" if word == "closed" else "open")
    if state not in ("open", "closed"):
        raise issue.unfit("state", "open or closed")
    action: _Action = "created" if word == "opened" else "closed" if word == "closed" else "updated"
    own = {"created": ("created_at",), "closed": ("closed_at",), "updated": ()}[action]
    at, number = time_of(issue, *own, "updated_at"), issue.id("number")
    when = at or context.told.received_at
    return [
        TicketUpdated(
            **context.frame("TicketUpdated", number, word, at),
            actor=context.sender,
            url=issue.optional_text("html_url"),
            ticket=number,
            action=action,
            state="closed" if state == "closed" else "open",
            title=issue.optional_text("title") or "",
            created_at=time_of(issue, "created_at") or (when if action == "created" else None),
            closed_at=(time_of(issue, "closed_at") or (when if action == "closed" else None)),
        )
    ]
