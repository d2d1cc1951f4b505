"""Pull requests, their reviews and comments."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from deploy.demo.chance import identifier, sha
from deploy.demo.company import DEFAULT_BRANCH, Person
from deploy.demo.github.parts import (
    API,
    account,
    envelope,
    optional_stamp,
    organisation,
    repository_part,
    repository_url,
    stamp,
)
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Change, Remark, Step

_EVENTS = {
    "issue_comment": "issue_comment",
    "review_comment": "pull_request_review_comment",
    "review": "pull_request_review",
}


def change_moments(change: Change) -> Iterator[Moment]:
    """The deliveries of a change's steps, comments and reviews."""
    for index, step in enumerate(change.steps):
        sender = change.merged_by if step.action == "closed" and change.merged_by else change.author
        yield Moment(step.at, "pull_request", (change.key, "step", index), partial(_step, change, index, sender))
    renders = {"issue_comment": _issue_comment, "review_comment": _review_comment, "review": _review}
    for remark in change.remarks:
        render = partial(renders[remark.kind], change, remark)
        yield Moment(remark.at, _EVENTS[remark.kind], (change.key, "remark", remark.id), render)


def _url(change: Change) -> str:
    return f"{repository_url(change.repository)}/pull/{change.number}"


def _side(change: Change, reference: str, head: str, whole: bool) -> Body:
    side: Body = {
        "label": f"{organisation()['login']}:{reference}",
        "ref": reference,
        "sha": head,
        "user": {"login": organisation()["login"], "type": "Organization"},
    }
    repository = repository_part(change.repository)
    return side | {"repo": repository if whole else {key: repository[key] for key in ("id", "name", "full_name")}}


def _pull_request(change: Change, at: datetime) -> Body:
    """The pull request as it stood at `at`."""
    step = max((step for step in change.steps if step.at <= at), key=lambda step: step.at, default=change.steps[0])
    return _pull_request_after(change, step, at)


def _pull_request_after(change: Change, step: Step, at: datetime) -> Body:
    closed = change.steps[-1].at if step.action == "closed" else None
    merge = change.merge if closed else None
    number = identifier(change.key, "pull-request")
    commits = [commit for push in change.pushes if push.at <= step.at for commit in push.commits]
    return {
        "id": number,
        "node_id": f"PR_{number:x}",
        "url": f"{API}/repos/{change.repository.full_name}/pulls/{change.number}",
        "html_url": _url(change),
        "number": change.number,
        "state": "closed" if closed else "open",
        "locked": False,
        "title": change.title,
        "user": account(change.author),
        "body": None,
        "created_at": stamp(change.opened_at),
        "updated_at": stamp(at),
        "closed_at": optional_stamp(closed),
        "merged_at": optional_stamp(merge.at if merge else None),
        # While a change is open this is GitHub's trial merge, a commit that never reaches main.
        "merge_commit_sha": merge.sha if merge else sha(change.key, "trial-merge", step.head),
        "draft": step.draft,
        "head": _side(change, change.branch, step.head, whole=True),
        "base": _side(change, DEFAULT_BRANCH, change.base, whole=False),
        "author_association": "MEMBER",
        "labels": [],
        "merged": merge is not None,
        "merged_by": account(change.merged_by) if merge and change.merged_by else None,
        "commits": len(commits),
        "changed_files": len({path for commit in commits for path in (*commit.added, *commit.modified)}),
    }


def _step(change: Change, index: int, sender: Person) -> Body:
    step = change.steps[index]
    body: Body = {"action": step.action, "number": change.number}
    body["pull_request"] = _pull_request_after(change, step, step.at)
    if step.action == "labeled":
        body["label"] = {"id": identifier("label", "small"), "name": "small", "color": "ededed", "default": False}
    if step.action == "synchronize":
        earlier = [push for push in change.pushes if push.at < step.at]
        body |= {"before": earlier[-1].before, "after": step.head}
    return body | envelope(change.repository, sender)


def _review(change: Change, remark: Remark) -> Body:
    review = {
        "id": remark.id,
        "node_id": f"PRR_{remark.id:x}",
        "user": account(remark.by),
        "body": remark.text,
        "commit_id": remark.head,
        "submitted_at": stamp(remark.at),
        "state": remark.state,
        "html_url": f"{_url(change)}#pullrequestreview-{remark.id}",
        "author_association": "NONE" if remark.by.bot else "MEMBER",
    }
    body = {"action": "submitted", "review": review, "pull_request": _pull_request(change, remark.at)}
    return body | envelope(change.repository, remark.by)


def _review_comment(change: Change, remark: Remark) -> Body:
    comment = _comment(change, remark, "discussion_r") | {
        "pull_request_review_id": identifier(change.key, "review-of", remark.id),
        "path": next(iter(change.commits[0].modified)),
        "commit_id": remark.head,
    }
    body = {"action": "created", "comment": comment, "pull_request": _pull_request(change, remark.at)}
    return body | envelope(change.repository, remark.by)


def _issue_comment(change: Change, remark: Remark) -> Body:
    number = identifier(change.key, "issue")
    issue = {
        "id": number,
        "node_id": f"I_{number:x}",
        "url": f"{API}/repos/{change.repository.full_name}/issues/{change.number}",
        "html_url": _url(change),
        "number": change.number,
        "title": change.title,
        "user": account(change.author),
        "state": "open",
        "labels": [],
        "created_at": stamp(change.opened_at),
        "updated_at": stamp(remark.at),
        "closed_at": None,
        "pull_request": {
            "url": f"{API}/repos/{change.repository.full_name}/pulls/{change.number}",
            "html_url": _url(change),
            "merged_at": None,
        },
    }
    body = {"action": "created", "issue": issue, "comment": _comment(change, remark, "issuecomment-")}
    return body | envelope(change.repository, remark.by)


def _comment(change: Change, remark: Remark, anchor: str) -> Body:
    return {
        "id": remark.id,
        "node_id": f"C_{remark.id:x}",
        "url": f"{API}/repos/{change.repository.full_name}/comments/{remark.id}",
        "html_url": f"{_url(change)}#{anchor}{remark.id}",
        "user": account(remark.by),
        "created_at": stamp(remark.at),
        "updated_at": stamp(remark.at),
        "author_association": "NONE" if remark.by.bot else "MEMBER",
        "body": remark.text,
    }
