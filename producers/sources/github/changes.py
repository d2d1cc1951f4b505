"""Pull requests, their reviews and comments. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.issue_references import named_issues
from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.github.context import Context, actor_of
from schemas.events import (
    ChangeAction,
    ChangeCommented,
    ChangeUpdated,
    Event,
    Links,
    ReviewState,
    ReviewSubmitted,
)

_ACTIONS: Mapping[str, ChangeAction] = {
    "opened": "opened",
    "reopened": "reopened",
    "ready_for_review": "ready",
    "converted_to_draft": "drafted",
}
_REVIEWS: Mapping[str, ReviewState] = {
    "approved": "approved",
    "changes_requested": "changes_requested",
    "commented": "commented",
    "dismissed": "dismissed",
}


def pull_request(context: Context) -> list[Event]:
    """A pull request after an action; actions that have no name with us, such as labels, are updates."""
    change = context.payload.part("pull_request")
    word = context.payload.text("action")
    action, at = _action(change, word)
    number, head = change.id("number"), change.part("head")
    merged_at = change.optional_moment("merged_at")
    return [
        ChangeUpdated(
            **context.frame("ChangeUpdated", number, word, at, mark=head.text("sha")),
            actor=actor_of(context.payload.optional_part("sender")),
            url=change.optional_text("html_url"),
            links=_links(context, change),
            change=number,
            action=action,
            state=_state(change),
            draft=change.flag("draft"),
            created_at=change.moment("created_at"),
            merged_at=merged_at,
            closed_at=change.optional_moment("closed_at"),
            author=actor_of(change.optional_part("user")),
            head_branch=head.optional_text("ref"),
            head_sha=head.text("sha"),
            base_branch=change.part("base").optional_text("ref"),
            # Before the merge this is GitHub's trial merge, a commit that never reaches the base branch.
            merge_sha=change.optional_text("merge_commit_sha") if merged_at else None,
            title=change.optional_text("title") or "",
        )
    ]


def review(context: Context) -> list[Event]:
    """A review handed in or dismissed; GitHub tells no time of the dismissal but the change's last update."""
    action = context.payload.text("action")
    if action not in ("submitted", "dismissed"):
        return []
    found, change = context.payload.part("review"), context.payload.part("pull_request")
    state = _REVIEWS.get(found.text("state").lower())
    if state is None:
        raise found.unfit("state", "a state of a review that we know")
    dismissed = action == "dismissed"
    at = (change.optional_moment("updated_at") if dismissed else None) or found.moment("submitted_at")
    review_id = found.id("id")
    return [
        ReviewSubmitted(
            **context.frame("ReviewSubmitted", review_id, action, at),
            actor=actor_of(context.payload.optional_part("sender") if dismissed else found.optional_part("user")),
            url=found.optional_text("html_url"),
            links=_links(context, change, found.optional_text("commit_id")),
            change=change.id("number"),
            review=review_id,
            state="dismissed" if dismissed else state,
        )
    ]


def review_comment(context: Context) -> list[Event]:
    """A comment on a line of a change; later edits and deletions change no time that counts."""
    if context.payload.text("action") != "created":
        return []
    change = context.payload.part("pull_request")
    return [_comment(context, "review-comment", change.id("number"), _links(context, change))]


def issue_comment(context: Context) -> list[Event]:
    """A comment on a change; one on an issue that is no change says nothing of the pipeline."""
    issue = context.payload.part("issue")
    if context.payload.text("action") != "created" or issue.optional_part("pull_request") is None:
        return []
    number = issue.id("number")
    links = Links(tickets=tickets_in(issue.optional_text("title")), change=number)
    return [_comment(context, "issue-comment", number, links)]


def _comment(context: Context, kind: str, number: str, links: Links) -> ChangeCommented:
    comment = context.payload.part("comment")
    id_ = comment.id("id")
    return ChangeCommented(
        # Comments on lines and on the change as a whole are numbered apart.
        **context.frame("ChangeCommented", f"{kind}/{id_}", "created", comment.moment("created_at")),
        actor=actor_of(comment.optional_part("user")),
        url=comment.optional_text("html_url"),
        links=links,
        change=number,
        comment=id_,
    )


def _action(change: Payload, word: str) -> tuple[ChangeAction, datetime]:
    if word == "opened":
        return "opened", change.moment("created_at")
    if word == "closed":
        merged_at = change.optional_moment("merged_at")
        return ("merged", merged_at) if merged_at else ("closed", change.moment("closed_at"))
    return _ACTIONS.get(word, "updated"), change.moment("updated_at")


def _state(change: Payload) -> Literal["open", "merged", "closed"]:
    if change.optional_moment("merged_at"):
        return "merged"
    state = change.text("state")
    if state == "open" or state == "closed":
        return "open" if state == "open" else "closed"
    raise change.unfit("state", "open or closed")


def _links(context: Context, change: Payload, sha: str | None = None) -> Links:
    head, title, body = change.part("head"), change.optional_text("title"), change.optional_text("body")
    return Links(
        tickets=named_issues(context.repository, head.optional_text("ref"), title, description=body),
        sha=sha or head.optional_text("sha"),
        change=change.id("number"),
    )
