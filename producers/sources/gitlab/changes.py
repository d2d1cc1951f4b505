"""Merge requests. Pure."""

import re
from collections.abc import Mapping
from typing import Literal

from producers.payload import Payload
from producers.sources.gitlab import reviews
from producers.sources.gitlab.context import actor_of, links_of, moment_of, project_of
from producers.vendor import Told
from schemas.events import Actor, ChangeAction, ChangeUpdated, Event

_ACTIONS: Mapping[str, ChangeAction] = {
    "open": "opened",
    "reopen": "reopened",
    "close": "closed",
    "merge": "merged",
}
_DRAFT = re.compile(r"\s*(?:draft:|\[draft\]|\(draft\)|wip:|\[wip\])", re.I)
_State = Literal["open", "merged", "closed"]
_STATES: Mapping[str, _State] = {"opened": "open", "locked": "open", "closed": "closed", "merged": "merged"}


def merge_request(told: Told) -> list[Event]:
    """A merge request after an action, and the review that was handed in with it. None named is an update."""
    change = told.payload.part("object_attributes")
    word = change.optional_text("action") or "update"
    if word in reviews.APPROVALS:
        return [reviews.approval(told, word)]
    if word == "update":
        return [_updated(told, change, _ready_or_draft(told.payload)), *reviews.handed_in(told)]
    action = _ACTIONS.get(word)
    if action is None:
        raise change.unfit("action", "an action that we know")
    return [_updated(told, change, action)]


def _updated(told: Told, change: Payload, action: ChangeAction) -> ChangeUpdated:
    project, number, state = project_of(told.payload), change.id("iid"), _state(change)
    head, created_at = change.optional_part("last_commit"), change.moment("created_at")
    sha = head.text("id") if head else None
    merged_at = change.optional_moment("merged_at") or (moment_of(change) if action == "merged" else None)
    at = created_at if action == "opened" else (merged_at if action == "merged" else None) or moment_of(change)
    return ChangeUpdated(
        **project.frame(told, "ChangeUpdated", number, action, at, mark=sha or ""),
        actor=actor_of(told.payload.optional_part("user")),
        url=change.optional_text("url"),
        links=links_of(project, change),
        change=number,
        action=action,
        state=state,
        draft=change.flag("draft") or change.flag("work_in_progress"),
        created_at=created_at,
        merged_at=merged_at,
        closed_at=at if action in ("closed", "merged") else None,
        author=_author(told.payload, change),
        head_branch=change.optional_text("source_branch"),
        head_sha=sha,
        base_branch=change.optional_text("target_branch"),
        merge_sha=_merge_sha(change, sha) if state == "merged" else None,
        title=change.optional_text("title") or "",
    )


def _ready_or_draft(payload: Payload) -> ChangeAction:
    """What an update did to a draft. It is one by its title; older versions tell the change of nothing else."""
    changes = payload.optional_part("changes")
    flag, title = (changes.optional_part(field) if changes else None for field in ("draft", "title"))
    before, after = (
        flag.flag(side) if flag else bool(title and _DRAFT.match(title.optional_text(side) or ""))
        for side in ("previous", "current")
    )
    return "updated" if before == after else "drafted" if after else "ready"


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
