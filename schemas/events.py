"""Canonical events: what any tool of a delivery chain says, in one vocabulary.

Names follow CDEvents where it has them (https://cdevents.dev). The union `Event` is closed: the codec, the store and
the documentation read it, so a new type is added here and nowhere else.
"""

# longer: one closed union, to be read in one place
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.model import CommitTime, Moment, Name, Record, Text, identity

State = Literal["queued", "started", "finished"]
Outcome = Literal["success", "failure", "error", "timed_out", "cancelled", "skipped", "neutral"]
GateOutcome = Literal["pending", "passed", "failed", "error", "cancelled", "skipped"]
ChangeAction = Literal["opened", "updated", "ready", "drafted", "merged", "closed", "reopened"]
ReviewState = Literal["approved", "changes_requested", "commented", "dismissed"]
DeploymentState = Literal["queued", "started", "succeeded", "failed", "cancelled", "superseded"]
TicketState = Literal["open", "in_progress", "closed"]
IncidentState = Literal["detected", "acknowledged", "reported", "resolved"]
TestLevel = Literal["unit", "integration", "system", "acceptance", "performance", "security", "other"]
Tier = Literal["production", "staging", "testing", "development", "other"]


STEPS = "urn:pipegauge:ci"
"""The source of steps that `pipegauge run` measured: tasks of a run, but none of the jobs that its CI tells of."""


class Origin(Record):
    """What the catalog matches to find the services of an event."""

    repository: Name | None = None
    project: Name | None = None
    app: Name | None = None


class Actor(Record):
    """Who did it; `id` is a salted hash `h:…` wherever a source declares its names personal."""

    id: Name
    kind: Literal["human", "bot"] = "human"


class Links(Record):
    """What this event can be joined to: ticket keys, a commit, a change, a run, a deployment."""

    tickets: tuple[Name, ...] = ()
    sha: Name | None = None
    change: Name | None = None
    run: Name | None = None
    deployment: Name | None = None


class EventBase(Record):
    """What every event carries.

    `id` is made by `event_id`; `source` is the URI of the producing context, as CloudEvents means it; `occurred_at`
    is the provider's time and `received_at` the gateway's, both UTC. `history` marks an import or a rebuild, which
    the horizon for late events does not hold back.
    """

    id: Name
    source: Name
    origin: Origin
    occurred_at: Moment
    received_at: Moment
    actor: Actor | None = None
    url: Text | None = None
    links: Links = Links()
    history: bool = False


class Commit(Record):
    """One commit of a push. `parents` and `paths` are None where the provider does not tell them.

    `change` is the number of the change that the commit's subject names, as in "Speed up the cart (#12)".
    `distinct` is false for a commit that another branch of the repository had before.
    """

    sha: Name
    committed_at: CommitTime
    parents: tuple[Name, ...] | None = None
    paths: tuple[Text, ...] | None = None
    author: Actor | None = None
    change: Name | None = None
    distinct: bool = True


class CommitsPushed(EventBase):
    """Commits reached a branch, ordered from the oldest to the newest; `before` is None for a new branch."""

    type: Literal["CommitsPushed"] = "CommitsPushed"
    branch: Name
    default_branch: bool
    before: Name | None
    after: Name
    forced: bool = False
    commits: tuple[Commit, ...]


class ChangeUpdated(EventBase):
    """A pull or merge request as it stands after `action`.

    `change` is its number in the repository. `occurred_at` is the time of the action; `merge_sha` the commit that it
    became on its base branch. `created_at` is None where this event does not tell it. `first_commit_at` is for
    providers that tell it; else it comes from pushed commits.
    """

    type: Literal["ChangeUpdated"] = "ChangeUpdated"
    change: Name
    action: ChangeAction
    state: Literal["open", "merged", "closed"]
    draft: bool = False
    created_at: Moment | None = None
    merged_at: Moment | None = None
    closed_at: Moment | None = None
    first_commit_at: CommitTime | None = None
    author: Actor | None = None
    head_branch: Name | None = None
    head_sha: Name | None = None
    base_branch: Name | None = None
    merge_sha: Name | None = None
    title: Text = ""


class ReviewSubmitted(EventBase):
    """A review of a change by `actor`."""

    type: Literal["ReviewSubmitted"] = "ReviewSubmitted"
    change: Name
    review: Name
    state: ReviewState


class ChangeCommented(EventBase):
    """A comment on a change by `actor`."""

    type: Literal["ChangeCommented"] = "ChangeCommented"
    change: Name
    comment: Name


class RunUpdated(EventBase):
    """One execution of a pipeline: `run` and `attempt` name it; every attempt is an execution of its own.

    `pipeline` is None where an event does not tell it: another event of the run does.
    """

    type: Literal["RunUpdated"] = "RunUpdated"
    run: Name
    attempt: int = Field(ge=1)
    pipeline: Name | None = None
    state: State
    outcome: Outcome | None = None
    branch: Text | None = None
    queued_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None


class TaskUpdated(EventBase):
    """A job of a run."""

    type: Literal["TaskUpdated"] = "TaskUpdated"
    run: Name
    attempt: int = Field(ge=1)
    task: Name
    name: Name
    state: State
    outcome: Outcome | None = None
    queued_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None


class GateEvaluated(EventBase):
    """One evaluation of a gate for a commit; `evaluation` is the provider's id of it, `links.sha` the commit."""

    type: Literal["GateEvaluated"] = "GateEvaluated"
    gate: Name
    evaluation: Name
    outcome: GateOutcome
    sha: Name
    started_at: Moment | None = None
    finished_at: Moment | None = None


class DeploymentUpdated(EventBase):
    """A deployment of `sha` to `environment`. `tier` is the provider's own word for it, None where it has none.

    `sha` is None where nobody tells the commit: such a deployment counts, but no change is joined to it.
    """

    type: Literal["DeploymentUpdated"] = "DeploymentUpdated"
    deployment: Name
    environment: Name
    tier: Tier | None = None
    sha: Name | None = None
    state: DeploymentState
    kind: Literal["deploy", "rollback", "hotfix"] = "deploy"
    created_at: Moment
    finished_at: Moment | None = None


class TicketUpdated(EventBase):
    """A requirement, bug or task as it stands after `action`; `ticket` is its key, such as SHOP-12."""

    type: Literal["TicketUpdated"] = "TicketUpdated"
    ticket: Name
    action: Literal["created", "updated", "closed"]
    state: TicketState
    kind: Text = ""
    title: Text = ""
    created_at: Moment | None = None
    closed_at: Moment | None = None


class TestsReported(EventBase):
    """What a test suite came to in one run: how many tests, and how many lines they covered.

    `report` is the provider's id of the suite's execution. `total` = passed + failed + errored + skipped; `flaky` are
    those of the passed that passed only when they were run again. `covered` of `coverable` lines, None where nothing
    was said of coverage. `state` is finished for a report of results; a suite of which only the beginning is told has
    zero counts.
    """

    __test__ = False  # pytest would take the class for tests

    type: Literal["TestsReported"] = "TestsReported"
    report: Name
    name: Name
    state: State = "finished"
    outcome: Outcome | None = None
    level: TestLevel = "other"
    automated: bool = True
    total: int = Field(default=0, ge=0)
    passed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    errored: int = Field(default=0, ge=0)
    skipped: int = Field(default=0, ge=0)
    flaky: int = Field(default=0, ge=0)
    covered: int | None = Field(default=None, ge=0)
    coverable: int | None = Field(default=None, ge=0)
    started_at: Moment | None = None
    finished_at: Moment | None = None


class FindingsReported(EventBase):
    """What a scan for weaknesses came to, or how one finding stands.

    `report` is the provider's id of the scan or of the finding, `tool` what looked. A scan tells how many findings are
    open by severity, None where it was not told; a finding is one with its severity counted once while it is open.
    `components` is how many components the scan looked at, None where it was not told: a bill of materials that says
    nothing of weaknesses has no other count.
    """

    type: Literal["FindingsReported"] = "FindingsReported"
    report: Name
    tool: Name
    subject: Literal["scan", "finding"] = "scan"
    kind: Literal["code", "dependency", "secret", "container", "configuration", "other"] = "other"
    state: Literal["open", "resolved", "dismissed"] = "open"
    critical: int | None = Field(default=None, ge=0)
    high: int | None = Field(default=None, ge=0)
    medium: int | None = Field(default=None, ge=0)
    low: int | None = Field(default=None, ge=0)
    other: int | None = Field(default=None, ge=0)
    components: int | None = Field(default=None, ge=0)
    created_at: Moment | None = None
    resolved_at: Moment | None = None


class ArtifactPublished(EventBase):
    """An artifact was built, signed, published, fetched or removed; `artifact` is its purl or digest."""

    type: Literal["ArtifactPublished"] = "ArtifactPublished"
    artifact: Name
    action: Literal["packaged", "signed", "published", "downloaded", "deleted"]
    name: Text = ""


class EnvironmentUpdated(EventBase):
    """An environment was made, changed or removed."""

    type: Literal["EnvironmentUpdated"] = "EnvironmentUpdated"
    environment: Name
    action: Literal["created", "modified", "deleted"]
    name: Text = ""
    tier: Tier | None = None


class IncidentUpdated(EventBase):
    """An incident as it stands; `environment` and `artifact` are where and in what it was seen, where that is told."""

    type: Literal["IncidentUpdated"] = "IncidentUpdated"
    incident: Name
    state: IncidentState
    title: Text = ""
    environment: Text = ""
    artifact: Text = ""
    created_at: Moment | None = None
    resolved_at: Moment | None = None


Event = Annotated[
    CommitsPushed
    | ChangeUpdated
    | ReviewSubmitted
    | ChangeCommented
    | RunUpdated
    | TaskUpdated
    | GateEvaluated
    | DeploymentUpdated
    | TicketUpdated
    | TestsReported
    | FindingsReported
    | ArtifactPublished
    | EnvironmentUpdated
    | IncidentUpdated,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def event_id(source: str, type_: str, object_id: str, attempt: int | None, state: str, at: str) -> str:
    """The id of an event: two different facts differ, one fact has one id however often and by whichever way it comes.

    `source` is the event's source URI, `object_id` the provider's id of what it speaks of, `state` its state or
    action, and `at` the provider's time or the commit that a push ended on.
    """
    return str(identity(source, type_, object_id, attempt, state, at))
