"""Pull requests, what reviewers say of them, and comments. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.bitbucket_server.context import (
    Context,
    actor_of,
    context_of,
    link_of,
    optional_time_of,
    time_of,
)
from producers.vendor import Told
from schemas.events import ChangeAction, ChangeCommented, ChangeUpdated, Event, Links, ReviewState, ReviewSubmitted

_State = Literal["open", "merged", "closed"]
_STATES: Mapping[str, _State] = {"OPEN": "open", "MERGED": "merged", "DECLINED": "closed"}


def opened(told: Told) -> list[Event]:
    """A pull request that was opened."""
    change = told.payload.part("pullRequest")
    return [_updated(told, change, "opened", "open", time_of(change, "createdDate"))]


def updated(told: Told) -> list[Event]:
    """A pull request after a push to one of its branches, or a change of its title, reviewers or target."""
    change = told.payload.part("pullRequest")
    state = _STATES.get(change.text("state"))
    if state is None:
        raise change.unfit("state", "a state that we know")
    return [_updated(told, change, "updated", state, told.payload.moment("date"))]


def merged(told: Told) -> list[Event]:
    """A pull request that was merged."""
    change = told.payload.part("pullRequest")
    return [_updated(told, change, "merged", "merged", _closed_at(told, change))]


def declined(told: Told) -> list[Event]:
    """A pull request that was declined."""
    change = told.payload.part("pullRequest")
    return [_updated(told, change, "closed", "closed", _closed_at(told, change))]


def deleted(told: Told) -> list[Event]:
    """A pull request that was deleted: one that was open is over, of another the end is known."""
    change = told.payload.part("pullRequest")
    if change.text("state") != "OPEN":
        return []
    return [_updated(told, change, "closed", "closed", told.payload.moment("date"))]


def reviewed(state: ReviewState) -> Callable[[Told], list[Event]]:
    """A mapping of what a reviewer says; unapproved takes back what was said before."""

    def mapped(told: Told) -> list[Event]:
        change, participant = told.payload.part("pullRequest"), told.payload.part("participant")
        context, number = _context(told, change), change.id("id")
        account = participant.part("user")
        review = f"{number}/{account.text('name')}"  # a reviewer has one say at a time
        return [
            ReviewSubmitted(
                **context.frame("ReviewSubmitted", review, state, told.payload.moment("date")),
                actor=actor_of(account),
                url=_page(context, change),
                links=_links(change, participant.optional_text("lastReviewedCommit")),
                change=number,
                review=review,
                state=state,
            )
        ]

    return mapped


def commented(told: Told) -> list[Event]:
    """A comment on a pull request."""
    change, comment = told.payload.part("pullRequest"), told.payload.part("comment")
    context, id_ = _context(told, change), comment.id("id")
    return [
        ChangeCommented(
            **context.frame("ChangeCommented", id_, "created", time_of(comment, "createdDate")),
            actor=actor_of(comment.optional_part("author")),
            url=_page(context, change),
            links=_links(change),
            change=change.id("id"),
            comment=id_,
        )
    ]


def _updated(told: Told, change: Payload, action: ChangeAction, state: _State, at: datetime) -> ChangeUpdated:
    context, number, head = _context(told, change), change.id("id"), change.part("fromRef")
    author, properties = change.optional_part("author"), change.optional_part("properties")
    merge = properties.optional_part("mergeCommit") if properties else None
    sha = head.optional_text("latestCommit")
    mark = f"{sha}/{change.number('version', default=0)}"  # times of some events have full seconds only
    return ChangeUpdated(
        **context.frame("ChangeUpdated", number, told.event, at, mark=mark),
        actor=actor_of(told.payload.optional_part("actor")),
        url=_page(context, change),
        links=_links(change),
        change=number,
        action=action,
        state=state,
        draft=change.flag("draft"),
        created_at=time_of(change, "createdDate"),
        merged_at=at if action == "merged" else None,
        closed_at=at if action in ("merged", "closed") else None,
        author=actor_of(author.optional_part("user")) if author else None,
        head_branch=head.optional_text("displayId"),
        head_sha=sha,
        base_branch=change.part("toRef").optional_text("displayId"),
        merge_sha=merge.optional_text("id") if merge else None,
        title=change.optional_text("title") or "",
    )


def _closed_at(told: Told, change: Payload) -> datetime:
    return optional_time_of(change, "closedDate") or told.payload.moment("date")


def _context(told: Told, change: Payload) -> Context:
    return context_of(told, change.part("toRef").part("repository"))


def _page(context: Context, change: Payload) -> str | None:
    """The pull request's page; a repository that has none of its own here is somebody's."""
    return link_of(change) if not context.source.startswith("urn:") else None


def _links(change: Payload, sha: str | None = None) -> Links:
    head = change.part("fromRef")
    return Links(
        tickets=tickets_in(head.optional_text("displayId"), change.optional_text("title")),
        sha=sha or head.optional_text("latestCommit"),
        change=change.id("id"),
    )
