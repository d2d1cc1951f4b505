"""What people say to a merge request: approvals, reviews and comments. Pure."""

from collections.abc import Mapping
from typing import Any

from producers.payload import Payload
from producers.sources.gitlab.context import actor_of, links_of, moment_of, project_of
from producers.vendor import Told
from schemas.events import ChangeCommented, Event, ReviewState, ReviewSubmitted

# The last approval that is needed is `approved`, one before it `approval`; and so back again.
APPROVALS: Mapping[str, ReviewState] = {
    "approved": "approved",
    "approval": "approved",
    "unapproved": "dismissed",
    "unapproval": "dismissed",
}
"""What the actions of a merge request come to that are reviews and nothing else."""

# What a reviewer can come to beside an approval, which has events of its own.
_REVIEWS: Mapping[str, ReviewState] = {"requested_changes": "changes_requested", "reviewed": "commented"}


def approval(told: Told, word: str) -> ReviewSubmitted:
    """An approval given or taken back by the user of the delivery, or all of them taken back by a push."""
    return _review(told, word, APPROVALS[word])


def handed_in(told: Told) -> list[Event]:
    """The review that the user handed in with an update; none where others are asked for one, or assigned."""
    state = _handed_in(told.payload)
    return [_review(told, state, _REVIEWS[state])] if state else []


def note(told: Told) -> list[Event]:
    """A comment on a merge request; later edits and comments on anything else say nothing of the pipeline."""
    comment, project = told.payload.part("object_attributes"), project_of(told.payload)
    if comment.text("noteable_type") != "MergeRequest" or comment.flag("system"):
        return []
    if comment.optional_text("action") not in (None, "create"):
        return []
    change, id_ = told.payload.part("merge_request"), comment.id("id")
    number = change.id("iid")
    return [
        ChangeCommented(
            **project.frame(told, "ChangeCommented", id_, "created", comment.moment("created_at")),
            actor=actor_of(told.payload.optional_part("user")),
            url=comment.optional_text("url"),
            links=links_of(project, change),
            change=number,
            comment=id_,
        )
    ]


def _review(told: Told, word: str, state: ReviewState) -> ReviewSubmitted:
    """GitLab numbers no reviews: each reviewer of a merge request has one, which changes."""
    change, project = told.payload.part("object_attributes"), project_of(told.payload)
    number, user = change.id("iid"), told.payload.optional_part("user")
    reviewer = actor_of(user)
    whose = user.id("id") if user and "id" in user.value else reviewer.id if reviewer else ""
    review = f"{number}/{'system' if change.flag('system') else whose}"
    return ReviewSubmitted(
        **project.frame(told, "ReviewSubmitted", review, word, moment_of(change)),
        actor=reviewer,
        url=change.optional_text("url"),
        links=links_of(project, change),
        change=number,
        review=review,
        state=state,
    )


def _handed_in(payload: Payload) -> str | None:
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
