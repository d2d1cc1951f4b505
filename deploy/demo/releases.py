"""What follows a merge: its landing on main, and the releases that carry landings to production."""

from datetime import datetime, timedelta

from deploy.demo.chance import dice, identifier, sha, skewed
from deploy.demo.company import DEFAULT_BRANCH, Repository
from deploy.demo.pace import Pace
from deploy.demo.pipelines import Candidate, run_after_merge, verify
from deploy.demo.story import Change, Deployment, Landing, Push, Release, Verification

_A_SECOND = timedelta(seconds=1)
_ENVIRONMENT_MINUTES = {"staging": 2.5, "production": 4.0}
_ENVIRONMENT_FAILS = {"staging": 0.04, "production": 0.11}


def first_head(repository: Repository) -> str:
    """The commit that main stood on when the story begins."""
    return sha("first", repository.full_name)


def land(change: Change, before: str) -> Landing:
    """The merge of `change` onto main, which stood at `before`. Raises ValueError for an abandoned change."""
    if change.merge is None or change.merged_by is None:
        raise ValueError(f"change {change.number} was not merged, so it cannot land")
    known = () if change.squashed else change.commits
    at = change.merge.at
    push = Push(change.repository, DEFAULT_BRANCH, at, change.merged_by, before, (change.merge,), known)
    candidate = Candidate(
        change.key,
        change.repository,
        DEFAULT_BRANCH,
        change.merge,
        "push",
        change.merged_by,
        change.pace,
        gentle=True,
    )
    verification = verify(candidate, at)
    ready_at = verification.finished_at
    if change.repository.after_merge is not None:
        slow = run_after_merge(candidate, change.repository.after_merge, at)
        verification = Verification((*verification.runs, *slow))
    trains = change.repository.trains
    soaked = change.pace.human(ready_at, skewed(dice(change.key, "soak"), 25))
    due_at = change.pace.train(ready_at, trains) if trains else soaked
    return Landing(change, push, verification, ready_at, due_at)


def first_release(seed: int, repository: Repository, at: datetime) -> Release:
    """The deployment that production ran before the story: the baseline, which carries nothing."""
    key = (seed, "baseline", repository.full_name, at.isoformat())
    deployment = Deployment(
        id=identifier(*key),
        repository=repository,
        environment="production",
        sha=first_head(repository),
        created_at=at,
        started_at=at + 5 * _A_SECOND,
        finished_at=at + 60 * _A_SECOND,
        state="success",
    )
    return Release(repository, (deployment,), (), None)


def release(carried: tuple[Landing, ...], at: datetime, attempt: int, replaced: Deployment | None) -> Release:
    """The head of `carried` on its way to production at `at`; it may fail in either environment."""
    head = carried[-1]
    repository = head.change.repository
    pace = head.change.pace
    key = (head.change.key, "release", attempt)
    throw = dice(*key)
    staging = _deployment(head, "staging", at, key, throw.random(), pace)
    if staging.state != "success":
        return Release(repository, (staging,), carried, replaced)
    begins = pace.machine(staging.finished_at, skewed(throw, 4))
    production = _deployment(head, "production", begins, key, throw.random(), pace)
    return Release(repository, (staging, production), carried, replaced)


def retry_at(failed: Release) -> datetime:
    """When people try again after a failed release."""
    head = failed.carried[-1].change
    return head.pace.human(failed.finished_at, skewed(dice(head.key, "retry", failed.begin.isoformat()), 45))


def _deployment(
    head: Landing, environment: str, at: datetime, key: tuple[object, ...], luck: float, pace: Pace
) -> Deployment:
    begun = pace.machine(at, 0.3)
    finished = pace.machine(begun, skewed(dice(*key, environment), _ENVIRONMENT_MINUTES[environment], 0.35))
    fails = _ENVIRONMENT_FAILS[environment]
    return Deployment(
        id=identifier(*key, environment),
        repository=head.change.repository,
        environment="production" if environment == "production" else "staging",
        sha=head.push.after,
        created_at=at,
        started_at=begun,
        finished_at=finished,
        state="success" if luck > fails else "failure" if luck > fails / 5 else "error",
    )
