"""Issues. Pure."""

from collections.abc import Mapping
from typing import Literal

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.github.context import Context, actor_of
from schemas.events import Event, Links, TicketState, TicketUpdated

# Other actions, such as labels, change nothing that a ticket carries.
_ACTIONS: Mapping[str, Literal["created", "updated", "closed"]] = {
    "opened": "created",
    "edited": "updated",
    "typed": "updated",
    "untyped": "updated",
    "reopened": "updated",
    "closed": "closed",
}
_STATES: Mapping[str, TicketState] = {"open": "open", "closed": "closed"}
_TIMES: Mapping[str, str] = {"opened": "created_at", "closed": "closed_at"}


def issue(context: Context) -> list[Event]:
    """An issue of the repository as it stands: a ticket whose key is written as from outside of it."""
    found, word = context.payload.part("issue"), context.payload.text("action")
    action = _ACTIONS.get(word)
    if action is None:
        return []
    state = _STATES.get(found.text("state"))
    if state is None:
        raise found.unfit("state", "open or closed")
    key = f"{context.repository}#{found.id('number')}"
    title = found.optional_text("title") or ""
    return [
        TicketUpdated(
            **context.frame("TicketUpdated", key, word, found.moment(_TIMES.get(word, "updated_at"))),
            actor=actor_of(context.payload.optional_part("sender")),
            url=found.optional_text("html_url"),
            links=Links(tickets=(key, *tickets_in(title))),
            ticket=key,
            action=action,
            state=state,
            kind=_kind(found),
            title=title,
            created_at=found.moment("created_at"),
            closed_at=found.optional_moment("closed_at"),
        )
    ]


def _kind(found: Payload) -> str:
    """The type that an organisation gave the issue; most have none."""
    type_ = found.optional_part("type")
    return (type_.optional_text("name") if type_ else None) or ""
