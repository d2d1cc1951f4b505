"""Changes, their reviews, and tickets. Pure."""

from collections.abc import Mapping
from typing import Any

from producers.actors import actor_named
from producers.sources.cdevents.context import Context
from schemas.events import ChangeAction, ChangeUpdated, Event, ReviewSubmitted, TicketUpdated

_ACTIONS: Mapping[str, ChangeAction] = {
    "created": "opened",
    "updated": "updated",
    "merged": "merged",
    "abandoned": "closed",
}


def change(context: Context) -> list[Event]:
    """A change after something was done to it. Only its creation tells when that was, and what it is about."""
    number, action, at = context.subject_id, _ACTIONS[context.predicate], context.at
    title, branch = context.title("description"), context.told("branch")
    merged = action == "merged"
    return [
        ChangeUpdated(
            **context.frame("ChangeUpdated", mark=_repeatable(context)),
            links=context.links(title, change=number),
            change=number,
            action=action,
            state="merged" if merged else "closed" if action == "closed" else "open",
            created_at=at if action == "opened" else None,
            merged_at=at if merged else None,
            closed_at=at if action == "closed" else None,
            first_commit_at=context.custom.optional_moment("firstCommitAt") if context.told("firstCommitAt") else None,
            author=actor_named(context.told("author")),
            head_branch=branch,
            # The commit of a merge is what it became on its base branch; before, it is what was proposed.
            head_sha=None if merged else context.commit,
            merge_sha=context.commit if merged else None,
            title=title,
        )
    ]


def review(context: Context) -> list[Event]:
    """A review. CDEvents do not tell its verdict, so that it is a comment; the event's own id is the review's."""
    id_ = context.context.id("id")
    return [
        ReviewSubmitted(
            **context.frame("ReviewSubmitted", mark=id_),
            links=context.links(change=context.subject_id),
            change=context.subject_id,
            review=id_,
            state="commented",
        )
    ]


def ticket(context: Context) -> list[Event]:
    """A ticket after something was done to it."""
    key, action, at = context.subject_id, context.predicate, context.at
    told: dict[str, Any] = {"action": action}
    return [
        TicketUpdated(
            **context.frame("TicketUpdated", mark=_repeatable(context)),
            links=context.links(key),
            ticket=key,
            **told,
            state="closed" if action == "closed" else "open",
            kind=context.content.optional_text("ticketType") or "",
            title=context.title("summary"),
            created_at=at if action == "created" else None,
            closed_at=at if action == "closed" else None,
        )
    ]


def _repeatable(context: Context) -> str:
    """An update may come twice in one moment: the event's own id tells them apart. Other things happen once."""
    return context.context.id("id") if context.predicate == "updated" else ""
