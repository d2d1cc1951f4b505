"""Merge requests, their reviews and comments. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from producers.payload import Payload
from producers.sources.gitlab.context import Project, actor_of, project_of
from producers.vendor import Told
from schemas.events import (
    Actor,
    ChangeAction,
    ChangeCommented,
    ChangeUpdated,
    Event,
    Links,
    ReviewState,
    ReviewSubmitted,
)

_ACTIONS: Mapping[str, ChangeAction] = {
    "open": "opened",
    "reopen": "reopened",
    "close": "closed",
    "merge": "merged",
    "update": "updated",
}
# The last approval that is needed is `approved`, one before it `approval`; and so back again.
_APPROVALS: Mapping[str, ReviewState] = {
    "approved": "approved",
    "approval": "approved",
    "unapproved": "dismissed",
    "unapproval": "dismissed",
}
# What a reviewer can come to beside an approval, which has events of its own.
_REVIEWS: Mapping[str, ReviewState] = {"requested_changes": "changes_requested", "reviewed": "commented"}
_State = Literal["open", "merged", "closed"]
_STATES: Mapping[str, _State] = {"opened": "open", "locked": "open", "closed": "closed", "merged": "merged"}


def merge_request(told: Told) -> list[Event]:
    """A merge request after an action, and the review that was handed in with it. None named is an update."""
    change, project = told.payload.part("object_attributes"), project_of(told.payload)
    word = change.optional_text("action") or "update"
    if word in _APPROVALS:
        return [_review(told, project, change, word, _APPROVALS[word])]
    if word not in _ACTIONS:
        raise change.unfit("action", "an action that we know")
    action = _ready_or_draft(told.payload) if word == "update" else _ACTIONS[word]
    events: list[Event] = [_updated(told, project, change, action)]
    state = _handed_in(told.payload) if word == "update" else None
    if state is not None:
        events.append(_review(told, project, change, state, _REVIEWS[state]))
    return events


def note(told: Told) -> list[Event]:
    """A comment on a merge request; later edits and comments on anything else say nothing of the pipeline."""
    comment, project = told.payload.part("object_attributes"), project_of(told.payload)
    if comment.text("noteable_type") != "MergeRequest" or comment.optional_text("action") not in (None, "create"):
        return []
    change, id_ = told.payload.part("merge_request"), comment.id("id")
    number = change.id("iid")
    return [
        ChangeCommented(
            **project.frame(told, "ChangeCommented", id_, "created", comment.moment("created_at")),
            actor=actor_of(told.payload.optional_part("user")),
            url=comment.optional_text("url"),
            links=_links(project, change),
            change=number,
            comment=id_,
        )
    ]


def _updated(told: Told, project: Project, change: Payload, action: ChangeAction) -> ChangeUpdated:
    number, state, head = change.id("iid"), _state(change), change.optional_part("last_commit")
    sha = head.text("id") if head else None
    merged_at = change.optional_moment("merged_at") or (_moment(change) if action == "merged" else None)
    at = change.moment("created_at") if action == "opened" else _moment(change)
    if action == "merged" and merged_at is not None:
        at = merged_at
    return ChangeUpdated(
        **project.frame(told, "ChangeUpdated", number, action, at, mark=sha or ""),
        actor=actor_of(told.payload.optional_part("user")),
        url=change.optional_text("url"),
        links=_links(project, change),
        change=number,
        action=action,
        state=state,
        draft=change.flag("draft") or change.flag("work_in_progress"),
        created_at=change.moment("created_at"),
        merged_at=merged_at,
        closed_at=at if action in ("closed", "merged") else None,
        author=_author(told.payload, change),
        head_branch=change.optional_text("source_branch"),
        head_sha=sha,
        base_branch=change.optional_text("target_branch"),
        merge_sha=_merge_sha(change, sha) if state == "merged" else None,
        title=change.optional_text("title") or "",
    )


def _review(told: Told, project: Project, change: Payload, word: str, state: ReviewState) -> ReviewSubmitted:
    """A review by the user of the delivery, or all of them taken back by a push. GitLab numbers none: each reviewer
    has one, which changes."""
    number, user = change.id("iid"), told.payload.optional_part("user")
    reviewer = actor_of(user)
    whose = user.id("id") if user and "id" in user.value else reviewer.id if reviewer else ""
    review = f"{number}/{'system' if change.flag('system') else whose}"
    return ReviewSubmitted(
        **project.frame(told, "ReviewSubmitted", review, word, _moment(change)),
        actor=reviewer,
        url=change.optional_text("url"),
        links=_links(project, change),
        change=number,
        review=review,
        state=state,
    )


def _ready_or_draft(payload: Payload) -> ChangeAction:
    changes = payload.optional_part("changes")
    for field in ("draft", "work_in_progress") if changes else ():
        flag = changes.optional_part(field) if changes else None
        if flag is not None and flag.flag("previous") != flag.flag("current"):
            return "drafted" if flag.flag("current") else "ready"
    return "updated"


def _handed_in(payload: Payload) -> str | None:
    """What the user's own review came to by this update; None where it is none: others ask for reviews, or assign."""
    changes, user = payload.optional_part("changes"), payload.optional_part("user")
    told = changes.value.get("reviewers") if changes else None
    if user is None or not isinstance(told, list) or len(told) != 2:
        return None
    before, after = (_state_of(reviewers, user.value.get("id")) for reviewers in told)
    return after if after in _REVIEWS and after != before else None


def _state_of(reviewers: Any, id_: Any) -> str | None:
    for reviewer in reviewers if isinstance(reviewers, list) else ():
        if isinstance(reviewer, dict) and reviewer.get("id") == id_ and isinstance(reviewer.get("state"), str):
            state: str = reviewer["state"]
            return state
    return None


def _moment(change: Payload) -> datetime:
    """When the action was; before GitLab 18 only the last update is told."""
    return change.optional_moment("actioned_at") or change.moment("updated_at")


def _state(change: Payload) -> _State:
    state = _STATES.get(change.text("state"))
    if state is None:
        raise change.unfit("state", "a state that we know")
    return state


def _merge_sha(change: Payload, head: str | None) -> str | None:
    """The commit on the base branch: of the merge, else the squashed one, else the head itself (fast-forward)."""
    told = change.optional_text("merge_commit_sha") or change.optional_text("squash_commit_sha")
    return told or (head if "merge_commit_sha" in change.value else None)


def _author(payload: Payload, change: Payload) -> Actor | None:
    """Only the number of the author is told; the name where the same account is told for another reason."""
    accounts = [payload.optional_part("user"), *payload.parts("assignees"), *payload.parts("reviewers")]
    number = change.value.get("author_id")
    return next(
        (actor_of(one) for one in accounts if one and number is not None and one.value.get("id") == number), None
    )


def _links(project: Project, change: Payload) -> Links:
    head = change.optional_part("last_commit")
    return Links(
        tickets=project.tickets(change.optional_text("source_branch"), change.optional_text("title")),
        sha=head.optional_text("id") if head else None,
        change=change.id("iid"),
    )
