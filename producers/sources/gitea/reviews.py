"""Reviews of pull requests and comments on them. Pure."""

from collections.abc import Mapping

from producers.sources.gitea.changes import head_of, links_of, number_of
from producers.sources.gitea.context import Context, actor_of, time_of
from schemas.events import ChangeCommented, Event, ReviewState, ReviewSubmitted

_REVIEWS: Mapping[str, ReviewState] = {
    "pull_request_review_approved": "approved",
    "pull_request_review_rejected": "changes_requested",
    "pull_request_review_comment": "commented",
}


def review(context: Context) -> list[Event]:
    """A review. It has no number and no time of its own: a reviewer's word on a commit counts, and it is what last
    changed the pull request."""
    change, said = context.payload.part("pull_request"), context.payload.part("review")
    state = _REVIEWS.get(said.text("type"))
    if state is None:
        raise said.unfit("type", "a type of review that we know")
    number, sender = number_of(context, change), context.sender
    sha = context.payload.optional_text("commit_id") or head_of(change).sha
    review_id = f"{number}/{sender.id if sender else ''}"
    at = time_of(change, "updated_at")
    return [
        ReviewSubmitted(
            **context.frame("ReviewSubmitted", review_id, state, at, mark=sha or ""),
            actor=sender,
            url=change.optional_text("html_url"),
            links=links_of(number, change, sha),
            change=number,
            review=review_id,
            state=state,
        )
    ]


def issue_comment(context: Context) -> list[Event]:
    """A comment on a pull request; one on an issue that is none says nothing of the pipeline, and later edits and
    deletions change no time that counts."""
    issue, pull = context.payload.part("issue"), context.payload.optional_part("pull_request")
    on_change = context.payload.flag("is_pull") or issue.optional_part("pull_request") is not None
    if context.payload.text("action") != "created" or not on_change:
        return []
    comment, number = context.payload.part("comment"), issue.id("number")
    # Old servers tell of a comment before they know its time.
    at, id_ = time_of(comment, "created_at") or time_of(issue, "updated_at"), comment.id("id")
    return [
        ChangeCommented(
            **context.frame("ChangeCommented", id_, "created", at),
            actor=actor_of(comment.optional_part("user")),
            url=comment.optional_text("html_url"),
            links=links_of(number, pull or issue, None),
            change=number,
            comment=id_,
        )
    ]
