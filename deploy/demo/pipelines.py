"""What checks a commit: the attempts of its pipeline, the scanner's check runs and the coverage status."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from deploy.demo.chance import dice, identifier, skewed
from deploy.demo.company import JobKind, Person, Pipeline, Repository
from deploy.demo.pace import Pace
from deploy.demo.story import Check, Commit, Conclusion, Job, Run, Status, Verification

SCANNER_GATE = "security-scan"
COVERAGE_GATE = "coverage/gate"
PREVIEW_JOB = "preview"
_A_SECOND = timedelta(seconds=1)
_TIMEOUT_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commit to be checked, and why. `gentle` means that whatever fails is run again until it passes."""

    key: str
    repository: Repository
    branch: str
    commit: Commit
    trigger: Literal["pull_request", "push"]
    actor: Person
    pace: Pace
    draft: bool = False
    gentle: bool = False


def verify(candidate: Candidate, at: datetime, superseded_at: datetime | None = None) -> Verification:
    """The checks of a commit that was pushed at `at`, cut short where a newer push supersedes it."""
    throw = dice(candidate.key, "verify", candidate.commit.sha)
    runs = _attempts(candidate, candidate.repository.checks, at, throw)
    if superseded_at is not None and runs[0].finished_at > superseded_at:
        return Verification((_cancelled(runs[0], superseded_at),))
    checks = () if candidate.trigger == "push" else _scans(candidate, at, throw)
    return Verification(runs, checks, _coverage(candidate, runs[0], throw))


def run_after_merge(candidate: Candidate, pipeline: Pipeline, at: datetime) -> tuple[Run, ...]:
    """The single run of a slow pipeline on main; one that takes too long is timed out."""
    throw = dice(candidate.key, "after-merge", candidate.commit.sha)
    run = _run(candidate, pipeline, 1, at, pipeline.jobs, _failing(pipeline.jobs, throw), throw)
    limit = candidate.pace.machine(run.started_at, _TIMEOUT_MINUTES)
    if run.finished_at <= limit or throw.random() < 0.5:
        return (run,)
    return (replace(_cancelled(run, limit), conclusion="timed_out"),)


def _attempts(candidate: Candidate, pipeline: Pipeline, at: datetime, throw: Random) -> tuple[Run, ...]:
    failing = _failing(pipeline.jobs, throw)
    runs = [_run(candidate, pipeline, 1, at, pipeline.jobs, failing, throw)]
    if failing and (candidate.gentle or throw.random() < 0.6):
        again = candidate.pace.human(runs[0].finished_at, skewed(throw, 7))
        if throw.random() < 0.6:
            lost = {job.name for job in runs[0].jobs if job.conclusion in ("failure", "skipped")}
        else:
            lost = {job.name for job in runs[0].jobs}
        kinds = [kind for kind in pipeline.jobs if kind.name in lost]
        runs.append(replace(_run(candidate, pipeline, 2, again, kinds, set(), throw), created_at=runs[0].created_at))
    return tuple(runs)


def _failing(kinds: Sequence[JobKind], throw: Random) -> set[str]:
    return {kind.name for kind in kinds if throw.random() < kind.fails}


def _run(
    candidate: Candidate,
    pipeline: Pipeline,
    attempt: int,
    at: datetime,
    kinds: Sequence[JobKind],
    failing: set[str],
    throw: Random,
) -> Run:
    start = at + _A_SECOND
    jobs = tuple(_job(candidate, pipeline, attempt, start, kind, failing, throw) for kind in kinds)
    return Run(
        id=identifier(candidate.key, "run", pipeline.name, candidate.commit.sha),
        attempt=attempt,
        pipeline=pipeline,
        repository=candidate.repository,
        branch=candidate.branch,
        sha=candidate.commit.sha,
        trigger=candidate.trigger,
        actor=candidate.actor,
        created_at=start,
        started_at=start,
        finished_at=max(job.finished_at for job in jobs) + _A_SECOND,
        conclusion="failure" if failing else "success",
        jobs=jobs,
    )


def _job(
    candidate: Candidate,
    pipeline: Pipeline,
    attempt: int,
    start: datetime,
    kind: JobKind,
    failing: set[str],
    throw: Random,
) -> Job:
    number = identifier(candidate.key, "job", pipeline.name, kind.name, candidate.commit.sha, attempt)
    begun = candidate.pace.machine(start, skewed(throw, 0.12))
    finished = candidate.pace.machine(begun, skewed(throw, kind.minutes, kind.sigma))
    conclusion: Conclusion = "failure" if kind.name in failing else "success"
    if kind.name == PREVIEW_JOB and (candidate.draft or (failing and conclusion == "success")):
        begun, finished, conclusion = start, start + _A_SECOND, "skipped"
    return Job(number, kind.name, start, begun, finished, conclusion)


def _cancelled(run: Run, at: datetime) -> Run:
    def cut(job: Job) -> Job:
        if job.finished_at <= at:
            return job
        return replace(job, started_at=min(job.started_at, at), finished_at=at, conclusion="cancelled")

    return replace(run, finished_at=at + _A_SECOND, conclusion="cancelled", jobs=tuple(cut(job) for job in run.jobs))


def _scans(candidate: Candidate, at: datetime, throw: Random) -> tuple[Check, ...]:
    def scan(begun: datetime, number: int, conclusion: Conclusion) -> Check:
        return Check(
            id=identifier(candidate.key, "scan", candidate.commit.sha, number),
            gate=SCANNER_GATE,
            repository=candidate.repository,
            branch=candidate.branch,
            sha=candidate.commit.sha,
            started_at=begun,
            finished_at=candidate.pace.machine(begun, skewed(throw, 1.8)),
            conclusion=conclusion,
        )

    luck = throw.random()
    first = scan(at + 2 * _A_SECOND, 1, "success" if luck > 0.1 else "failure" if luck > 0.03 else "cancelled")
    if first.conclusion == "success":
        return (first,)
    return first, scan(candidate.pace.machine(first.finished_at, skewed(throw, 3)), 2, "success")


def _coverage(candidate: Candidate, run: Run, throw: Random) -> tuple[Status, ...]:
    if not candidate.repository.coverage_status or candidate.trigger == "push":
        return ()
    tested = next(job.finished_at for job in run.jobs if job.name == "unit-tests")

    def status(state: Literal["pending", "success", "failure", "error"], at: datetime) -> Status:
        number = identifier(candidate.key, "status", candidate.commit.sha, state)
        return Status(number, COVERAGE_GATE, candidate.repository, candidate.branch, candidate.commit, state, at)

    luck = throw.random()
    verdict: Literal["success", "failure", "error"] = (
        "success" if luck > 0.13 else "failure" if luck > 0.03 else "error"
    )
    return status("pending", run.started_at), status("success" if luck > 0.13 else verdict, tested + 2 * _A_SECOND)
