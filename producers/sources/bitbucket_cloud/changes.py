"""Pull requests, what reviewers say of them, and comments. Pure.

Bitbucket Cloud shortens the hashes of a pull request's commits to twelve digits; they are told as they come.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.bitbucket_cloud.context import Context, actor_of, link_of
from schemas.events import ChangeAction, ChangeCommented, ChangeUpdated, Event, Links, ReviewState, ReviewSubmitted

_State = Literal["open", "merged", "closed"]
_STATES: Mapping[str, _State] = {"OPEN": "open", "MERGED": "merged", "DECLINED": "closed", "SUPERSEDED": "closed"}


def created(context: Context) -> list[Event]:
    """A pull request that was opened."""
    change = context.payload.part("pullrequest")
    return [_updated(context, change, "opened", "open", change.moment("created_on"))]


def updated(context: Context) -> list[Event]:
    """A pull request after a push to its branch, or a change of its title, reviewers or target."""
    change = context.payload.part("pullrequest")
    state = _STATES.get(change.text("state"))
    if state is None:
        raise change.unfit("state", "a state that we know")
    return [_updated(context, change, "updated", state, change.moment("updated_on"))]


def merged(context: Context) -> list[Event]:
    """A pull request that was merged: that was its last update."""
    change = context.payload.part("pullrequest")
    return [_updated(context, change, "merged", "merged", change.moment("updated_on"))]


def declined(context: Context) -> list[Event]:
    """A pull request that was declined."""
    change = context.payload.part("pullrequest")
    return [_updated(context, change, "closed", "closed", change.moment("updated_on"))]


def reviewed(name: str, state: ReviewState) -> Callable[[Context], list[Event]]:
    """A mapping of what a reviewer says, which stands in the part `name`."""

    def mapped(context: Context) -> list[Event]:
        said = context.payload.part(name)
        return [_review(context, said, state, said.moment("date"))]

    return mapped


def taken_back(name: str) -> Callable[[Context], list[Event]]:
    """A mapping of what a reviewer says no more: the part `name` bears the time when it was said."""

    def mapped(context: Context) -> list[Event]:
        change = context.payload.part("pullrequest")
        return [_review(context, context.payload.part(name), "dismissed", change.moment("updated_on"))]

    return mapped


def commented(context: Context) -> list[Event]:
    """A comment on a pull request."""
    comment, change = context.payload.part("comment"), context.payload.part("pullrequest")
    id_ = comment.id("id")
    return [
        ChangeCommented(
            **context.frame("ChangeCommented", id_, "created", comment.moment("created_on")),
            actor=actor_of(comment.optional_part("user") or context.payload.optional_part("actor")),
            url=link_of(comment),
            links=_links(change),
            change=change.id("id"),
            comment=id_,
        )
    ]


def _review(context: Context, said: Payload, state: ReviewState, at: datetime) -> ReviewSubmitted:
    change = context.payload.part("pullrequest")
    number, account = change.id("id"), said.optional_part("user") or context.payload.part("actor")
    actor = actor_of(account)
    if actor is None:
        raise account.unfit("uuid", "an account that is named")
    review = f"{number}/{actor.id}"  # a reviewer has one say at a time
    return ReviewSubmitted(
        **context.frame("ReviewSubmitted", review, state, at),
        actor=actor,
        url=link_of(change),
        links=_links(change),
        change=number,
        review=review,
        state=state,
    )


def _updated(
    context: Context,
    change: Payload,
    action: ChangeAction,
    state: _State,
    at: datetime,
) -> ChangeUpdated:
    number, head, is_over = change.id("id"), _commit(change, "source"), state != "open"
    merge = change.optional_part("merge_commit")
    return ChangeUpdated(
        **context.frame("ChangeUpdated", number, action, at, mark=head or ""),
        actor=actor_of(context.payload.optional_part("actor")),
        url=link_of(change),
        links=_links(change),
        change=number,
        action=action,
        state=state,
        draft=change.flag("draft"),
        created_at=change.moment("created_on"),
        merged_at=at if action == "merged" else None,
        closed_at=at if is_over and action != "updated" else None,
        author=actor_of(change.optional_part("author")),
        head_branch=_branch(change, "source"),
        head_sha=head,
        base_branch=_branch(change, "destination"),
        merge_sha=merge.optional_text("hash") if merge and state == "merged" else None,
        title=change.optional_text("title") or "",
    )


def _links(change: Payload) -> Links:
    tickets = tickets_in(_branch(change, "source"), change.optional_text("title"))
    return Links(tickets=tickets, sha=_commit(change, "source"), change=change.id("id"))


def _commit(change: Payload, side: str) -> str | None:
    """The hash of a side's newest commit; none where its repository is gone."""
    end = change.optional_part(side)
    commit = end.optional_part("commit") if end else None
    return commit.optional_text("hash") if commit else None


def _branch(change: Payload, side: str) -> str | None:
    end = change.optional_part(side)
    branch = end.optional_part("branch") if end else None
    return branch.optional_text("name") if branch else None
