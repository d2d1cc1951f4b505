"""Pushes: to a change's branch, to main, and the end of a merged branch."""

from collections.abc import Iterator
from functools import partial

from deploy.demo.company import DEFAULT_BRANCH, Person, Repository
from deploy.demo.github.parts import commit_in_push, envelope, repository_url, signature_of
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Change, Push

_NOWHERE = "0" * 40


def push_moments(push: Push) -> Iterator[Moment]:
    """The one delivery of a push."""
    yield Moment(push.at, "push", ("push", push.repository.full_name, push.after), partial(_push, push))


def branch_end_moments(change: Change) -> Iterator[Moment]:
    """GitHub deletes the branch of a merged change, and says so twice."""
    if change.merge is None or change.merged_by is None:
        return
    key = (change.key, "branch-end")
    push = partial(_deletion, change.repository, change.branch, change.steps[-1].head, change.merged_by)
    yield Moment(change.merge.at, "push", (*key, "push"), push)
    gone = partial(_deleted_reference, change.repository, change.branch, change.merged_by)
    yield Moment(change.merge.at, "delete", (*key, "delete"), gone)


def _frame(repository: Repository, branch: str, before: str, after: str, pusher: Person) -> Body:
    short = f"{before[:12]}...{after[:12]}"
    frame: Body = {
        "ref": f"refs/heads/{branch}",
        "before": before,
        "after": after,
        "pusher": {"name": pusher.login, "email": signature_of(pusher)["email"]},
        "created": before == _NOWHERE,
        "deleted": after == _NOWHERE,
        "forced": False,
        "base_ref": None,
        "compare": f"{repository_url(repository)}/compare/{short}",
    }
    return frame | envelope(repository, pusher)


def _push(push: Push) -> Body:
    on_main = push.branch == DEFAULT_BRANCH
    commits = [commit_in_push(push.repository, commit, False, False) for commit in push.known]
    commits += [commit_in_push(push.repository, commit, True, on_main) for commit in push.commits]
    frame = _frame(push.repository, push.branch, push.before or _NOWHERE, push.after, push.pusher)
    return frame | {"commits": commits, "head_commit": commits[-1]}


def _deletion(repository: Repository, branch: str, head: str, pusher: Person) -> Body:
    return _frame(repository, branch, head, _NOWHERE, pusher) | {"commits": [], "head_commit": None}


def _deleted_reference(repository: Repository, branch: str, sender: Person) -> Body:
    return {"ref": branch, "ref_type": "branch", "pusher_type": "user"} | envelope(repository, sender)
