"""How GitLab tells pushes and merge requests."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from deploy.demo.chance import identifier
from deploy.demo.company import DEFAULT_BRANCH, Person
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Change, Commit, Landing, Push, Remark, Step
from deploy.demo.warehouse.company import GITLAB, branch_of, ticket_of

_NOWHERE = "0" * 40
_ACTIONS = {"opened": "open", "closed": "close"}


def push_moments(push: Push, change: Change) -> Iterator[Moment]:
    """The one delivery of a push, to the branch of `change` or, by its merge, to main."""
    yield Moment(push.at, "push", ("gitlab", "push", push.after), partial(_push, push, change), "gitlab")


def landing_moments(landing: Landing) -> Iterator[Moment]:
    """The push of a merge."""
    yield from push_moments(landing.push, landing.change)


def change_moments(change: Change) -> Iterator[Moment]:
    """The deliveries of a merge request's steps, of comments and of approvals."""
    for index, step in enumerate(change.steps):
        key = (change.key, "gitlab", "step", index)
        yield Moment(step.at, "merge_request", key, partial(_step, change, index), "gitlab")
    for remark in change.remarks:
        key = (change.key, "gitlab", "remark", remark.id)
        approved = remark.state == "approved"
        event, render = ("merge_request", _approval) if approved else ("note", _note)
        yield Moment(remark.at, event, key, partial(render, change, remark), "gitlab")


def page(change: Change) -> str:
    """The page of the project."""
    return f"{GITLAB}/{change.repository.full_name}"


def stamp(at: datetime) -> str:
    """A time as GitLab writes those of objects: not ISO 8601."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _project(change: Change) -> Body:
    path = change.repository.full_name
    return {
        "id": identifier("gitlab", path) % 100_000,
        "name": change.repository.name,
        "web_url": page(change),
        "namespace": path.partition("/")[0],
        "path_with_namespace": path,
        "default_branch": DEFAULT_BRANCH,
    }


def _login(person: Person) -> str:
    return f"project_7_bot_{person.name.replace('-', '')}" if person.bot else person.login


def _account(person: Person) -> Body:
    login = _login(person)
    return {
        "id": identifier("gitlab", "account", login) % 100_000,
        "name": person.name,
        "username": login,
        "avatar_url": f"{GITLAB}/uploads/{login}.png",
        "email": f"{login}@northwind.example",
    }


def _message(commit: Commit, change: Change) -> str:
    """What git says: of the merge, what GitLab's templates make of it."""
    if change.merge is None or commit.sha != change.merge.sha:
        return commit.message
    if change.squashed:
        return _title(change)
    see = f"See merge request {change.repository.full_name}!{change.number}"
    return f"Merge branch '{branch_of(change)}' into '{DEFAULT_BRANCH}'\n\n{_title(change)}\n\n{see}"


def _title(change: Change) -> str:
    return f"{ticket_of(change)} {change.title}"


def _commit(commit: Commit, change: Change) -> Body:
    return {
        "id": commit.sha,
        "message": _message(commit, change),
        "title": _message(commit, change).partition("\n")[0],
        "timestamp": commit.at.isoformat(),
        "url": f"{page(change)}/-/commit/{commit.sha}",
        "author": {"name": commit.author.name, "email": f"{_login(commit.author)}@northwind.example"},
        "added": list(commit.added),
        "modified": list(commit.modified),
        "removed": list(commit.removed),
    }


def _push(push: Push, change: Change) -> Body:
    branch = push.branch if push.branch == DEFAULT_BRANCH else branch_of(change)
    pushed = (*push.known, *push.commits)
    pusher = _account(push.pusher)
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": push.before or _NOWHERE,
        "after": push.after,
        "ref": f"refs/heads/{branch}",
        "checkout_sha": push.after,
        "user_id": pusher["id"],
        "user_name": pusher["name"],
        "user_username": pusher["username"],
        "user_email": "",
        "project_id": _project(change)["id"],
        "project": _project(change),
        "commits": [_commit(commit, change) for commit in pushed],
        "total_commits_count": len(pushed),
    }


def _merge_request(change: Change, step: Step, at: datetime) -> Body:
    """The merge request as it stood after `step`, told at `at`."""
    ended = step.action == "closed"
    merge = change.merge.sha if ended and change.merge else None
    head = next(one for one in change.commits if one.sha == step.head)
    return {
        "id": identifier(change.key, "merge-request"),
        "iid": change.number,
        "source_branch": branch_of(change),
        "target_branch": DEFAULT_BRANCH,
        "source_project_id": _project(change)["id"],
        "target_project_id": _project(change)["id"],
        "author_id": _account(change.author)["id"],
        "title": f"{'Draft: ' if step.draft else ''}{_title(change)}",
        "description": "",
        "state": ("merged" if merge else "closed") if ended else "opened",
        "draft": step.draft,
        "work_in_progress": step.draft,
        "created_at": stamp(change.opened_at),
        "updated_at": stamp(at),
        "merge_commit_sha": None if change.squashed else merge,
        "squash_commit_sha": merge if change.squashed else None,
        "url": f"{page(change)}/-/merge_requests/{change.number}",
        "source": _project(change),
        "target": _project(change),
        "last_commit": _commit(head, change),
    }


def _delivery(change: Change, by: Person, attributes: Body, changes: Body) -> Body:
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": _account(by),
        "project": _project(change),
        "object_attributes": attributes,
        "labels": [],
        "changes": changes,
        "assignees": [_account(change.author)],
        "reviewers": [],
    }


def _step(change: Change, index: int) -> Body:
    step = change.steps[index]
    attributes = _merge_request(change, step, step.at)
    merged = step.action == "closed" and change.merge is not None
    attributes["action"] = "merge" if merged else _ACTIONS.get(step.action, "update")
    changes: Body = {}
    if step.action in ("converted_to_draft", "ready_for_review"):
        changes["draft"] = {"previous": not step.draft, "current": step.draft}
    if step.action == "synchronize":
        attributes["oldrev"] = change.steps[index - 1].head
    return _delivery(change, (merged and change.merged_by) or change.author, attributes, changes)


def _standing(change: Change, at: datetime) -> Step:
    """The last step before `at`."""
    return [step for step in change.steps if step.at <= at][-1]


def _approval(change: Change, remark: Remark) -> Body:
    attributes = _merge_request(change, _standing(change, remark.at), remark.at)
    return _delivery(change, remark.by, attributes | {"action": "approved"}, {})


def _note(change: Change, remark: Remark) -> Body:
    attributes = _merge_request(change, _standing(change, remark.at), remark.at)
    shown = ("id", "iid", "source_branch", "target_branch", "title", "state", "last_commit")
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": _account(remark.by),
        "project_id": _project(change)["id"],
        "project": _project(change),
        "object_attributes": {
            "id": remark.id,
            "note": remark.text,
            "noteable_type": "MergeRequest",
            "author_id": _account(remark.by)["id"],
            "created_at": stamp(remark.at),
            "updated_at": stamp(remark.at),
            "system": False,
            "action": "create",
            "url": f"{page(change)}/-/merge_requests/{change.number}#note_{remark.id}",
        },
        "merge_request": {name: attributes[name] for name in shown},
    }
