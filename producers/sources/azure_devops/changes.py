"""Pull requests, the votes on them and their comments. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.azure_devops.context import Context, actor_of, branch_of, origin_of, page_of
from schemas.events import ChangeAction, ChangeCommented, ChangeUpdated, Event, Links, ReviewState, ReviewSubmitted

_VOTES: Mapping[int, ReviewState] = {
    10: "approved",
    5: "approved",  # with suggestions
    -5: "changes_requested",  # waits for the author
    -10: "changes_requested",  # rejected
}
_THREAD = re.compile(r"/threads/(\d+)", re.ASCII)


def created(context: Context) -> list[Event]:
    """A pull request that was opened."""
    change = context.resource
    return [_updated(context, change, "opened", "created", change.moment("creationDate"))]


def updated(context: Context) -> list[Event]:
    """A pull request after its commits, its reviewers, a vote or its status changed, and how the votes stand.

    Nothing tells which of these it was. So a vote is told again by each later update, at its time: the first counts.
    """
    return [*_progress(context, context.resource), *_votes(context, context.resource)]


def merged(context: Context) -> list[Event]:
    """A merge that was tried: it says something once the pull request is completed."""
    return _progress(context, context.resource) if context.resource.text("status") == "completed" else []


def commented(context: Context) -> list[Event]:
    """A comment on a pull request. An edit tells the same comment; what the system writes nobody said."""
    comment, change = context.resource.part("comment"), context.resource.part("pullRequest")
    if comment.optional_text("commentType") == "system":
        return []
    number, thread = change.id("pullRequestId"), _thread(comment)
    repository = change.part("repository")
    at, page = comment.moment("publishedDate"), page_of(repository)
    id_ = f"{thread}/{comment.id('id')}"  # comments are numbered in their thread
    object_id = f"{number}/{id_}"
    return [
        ChangeCommented(
            **context.frame("ChangeCommented", origin_of(repository), object_id, "created", at, source=page),
            actor=actor_of(comment.optional_part("author")),
            url=f"{page}/pullrequest/{number}?discussionId={thread}",
            links=_links(change),
            change=number,
            comment=id_,
        )
    ]


def _progress(context: Context, change: Payload) -> list[Event]:
    status = change.text("status")
    if status == "completed":
        return [_updated(context, change, "merged", status, change.moment("closedDate"))]
    if status == "abandoned":
        return [_updated(context, change, "closed", status, change.moment("closedDate"))]
    if status != "active":
        raise change.unfit("status", "active, completed or abandoned")
    return [_updated(context, change, "updated", status, context.at)]


def _updated(context: Context, change: Payload, action: ChangeAction, word: str, at: datetime) -> ChangeUpdated:
    repository, number = change.part("repository"), change.id("pullRequestId")
    head, page, is_merged = _commit(change, "lastMergeSourceCommit"), page_of(repository), action == "merged"
    author = actor_of(change.optional_part("createdBy"))
    frame = context.frame("ChangeUpdated", origin_of(repository), number, word, at, mark=head or "", source=page)
    return ChangeUpdated(
        **frame,
        actor=author if action == "opened" else actor_of(change.optional_part("closedBy")),
        url=f"{page}/pullrequest/{number}",
        links=_links(change),
        change=number,
        action=action,
        state="merged" if is_merged else "closed" if action == "closed" else "open",
        draft=change.flag("isDraft"),
        created_at=change.moment("creationDate"),
        merged_at=at if is_merged else None,
        closed_at=at if is_merged or action == "closed" else None,
        author=author,
        head_branch=branch_of(change.optional_text("sourceRefName")),
        head_sha=head,
        base_branch=branch_of(change.optional_text("targetRefName")),
        # Before the completion this is a merge that was tried, which never reaches the target.
        merge_sha=_commit(change, "lastMergeCommit") if is_merged else None,
        title=change.optional_text("title") or "",
    )


def _votes(context: Context, change: Payload) -> list[Event]:
    """How the votes of people stand on an open pull request; a team's is the sum of its members'."""
    if change.text("status") != "active":
        return []
    repository, number = change.part("repository"), change.id("pullRequestId")
    found: list[Event] = []
    for reviewer in change.parts("reviewers"):
        vote = reviewer.number("vote", default=0)
        if not vote or reviewer.flag("isContainer"):
            continue
        if vote not in _VOTES:
            raise reviewer.unfit("vote", "10, 5, 0, -5 or -10")
        id_, page = f"{number}/{reviewer.id('id')}", page_of(repository)
        origin = origin_of(repository)
        found.append(
            ReviewSubmitted(
                **context.frame("ReviewSubmitted", origin, id_, str(vote), context.at, source=page),
                actor=actor_of(reviewer),
                url=f"{page}/pullrequest/{number}",
                links=_links(change),
                change=number,
                review=id_,
                state=_VOTES[vote],
            )
        )
    return found


def _links(change: Payload) -> Links:
    return Links(
        tickets=tickets_in(branch_of(change.optional_text("sourceRefName")), change.optional_text("title")),
        sha=_commit(change, "lastMergeSourceCommit"),
        change=change.id("pullRequestId"),
    )


def _commit(change: Payload, name: str) -> str | None:
    commit = change.optional_part(name)
    return commit.optional_text("commitId") if commit else None


def _thread(comment: Payload) -> str:
    href = comment.part("_links").part("self").text("href")
    match = _THREAD.search(href)
    if match is None:
        raise comment.part("_links").part("self").unfit("href", "the address of a comment in a thread")
    return match[1]
