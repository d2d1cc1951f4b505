"""What happens at Northwind, as plain values. Deliveries and truth are two separate readings of these."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from deploy.demo.company import Person, Pipeline, Repository, Service
from deploy.demo.pace import Pace

Conclusion = Literal["success", "failure", "cancelled", "skipped", "timed_out"]
ChangeStep = Literal[
    "opened", "labeled", "synchronize", "converted_to_draft", "ready_for_review", "closed", "review_requested"
]
Verdict = Literal["approved", "changes_requested", "commented"]
RemarkKind = Literal["issue_comment", "review_comment", "review"]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and the paths that it touches."""

    sha: str
    at: datetime
    message: str
    author: Person
    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """Commits that reach a branch. `before` is None for a new branch; `known` were on another branch before."""

    repository: Repository
    branch: str
    at: datetime
    pusher: Person
    before: str | None
    commits: tuple[Commit, ...]
    known: tuple[Commit, ...] = ()

    @property
    def after(self) -> str:
        return self.commits[-1].sha


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a run, and the check run of the same number that GitHub makes of it."""

    id: int
    name: str
    queued_at: datetime
    started_at: datetime
    finished_at: datetime
    conclusion: Conclusion


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of a pipeline's run. All attempts share `id` and `created_at`."""

    id: int
    attempt: int
    pipeline: Pipeline
    repository: Repository
    branch: str
    sha: str
    trigger: Literal["pull_request", "push"]
    actor: Person
    created_at: datetime
    started_at: datetime
    finished_at: datetime
    conclusion: Conclusion
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A check run of another app than GitHub's own pipelines."""

    id: int
    gate: str
    repository: Repository
    branch: str
    sha: str
    started_at: datetime
    finished_at: datetime
    conclusion: Conclusion


@dataclass(frozen=True, slots=True)
class Status:
    """A commit status; each has an id of its own, the pending one too."""

    id: int
    gate: str
    repository: Repository
    branch: str
    commit: Commit
    state: Literal["pending", "success", "failure", "error"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that checks one commit."""

    runs: tuple[Run, ...]
    checks: tuple[Check, ...] = ()
    statuses: tuple[Status, ...] = ()

    @property
    def finished_at(self) -> datetime:
        ends = [run.finished_at for run in self.runs] + [check.finished_at for check in self.checks]
        return max(ends)

    @property
    def passed(self) -> bool:
        """Whether the last attempt of the last run succeeded."""
        return self.runs[-1].conclusion == "success"


@dataclass(frozen=True, slots=True)
class Step:
    """A change's own event, with its head and whether it was a draft afterwards."""

    at: datetime
    action: ChangeStep
    head: str
    draft: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment or a review; `state` is a review's verdict."""

    id: int
    kind: RemarkKind
    by: Person
    at: datetime
    head: str
    text: str
    state: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A pull request from its first commit to its end. `merge` is the commit it became on main, None if abandoned."""

    key: str
    number: int
    repository: Repository
    services: tuple[Service, ...]
    pace: Pace
    title: str
    branch: str
    base: str
    author: Person
    pushes: tuple[Push, ...]
    steps: tuple[Step, ...]
    remarks: tuple[Remark, ...]
    verifications: tuple[Verification, ...]
    squashed: bool
    merge: Commit | None
    merged_by: Person | None

    @property
    def begin(self) -> datetime:
        return self.commits[0].at

    @property
    def commits(self) -> tuple[Commit, ...]:
        return tuple(commit for push in self.pushes for commit in push.commits)

    @property
    def opened_at(self) -> datetime:
        return next(step.at for step in self.steps if step.action == "opened")


@dataclass(frozen=True, slots=True)
class Landing:
    """A change that reached main: the push, what checks it there, and when it may be released."""

    change: Change
    push: Push
    verification: Verification
    ready_at: datetime
    due_at: datetime

    @property
    def begin(self) -> datetime:
        return self.push.at


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of a commit to an environment. `finished_at` is when `state` was told."""

    id: int
    repository: Repository
    environment: Literal["staging", "production"]
    sha: str
    created_at: datetime
    started_at: datetime
    finished_at: datetime
    state: Literal["success", "failure", "error"]


@dataclass(frozen=True, slots=True)
class Release:
    """One way of main's head through the environments. `carried` is empty for a service's first.

    `replaced` is the deployment that production ran before, told inactive when this one succeeded.
    """

    repository: Repository
    deployments: tuple[Deployment, ...]
    carried: tuple[Landing, ...]
    replaced: Deployment | None

    @property
    def begin(self) -> datetime:
        return self.deployments[0].created_at

    @property
    def finished_at(self) -> datetime:
        return self.deployments[-1].finished_at

    @property
    def in_production(self) -> Deployment | None:
        """The deployment that reached production, None if this release failed on its way."""
        last = self.deployments[-1]
        return last if last.environment == "production" and last.state == "success" else None


Act = Change | Landing | Release


@dataclass(frozen=True, slots=True)
class Session:
    """A span of live work: `rate` deliveries a second of changes that take about a minute each."""

    start: datetime
    end: datetime
    rate: float
