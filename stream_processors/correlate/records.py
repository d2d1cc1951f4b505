"""What correlate keeps of a service: one record per change, pushed commit, run and gate.

Every field merges commutatively and idempotently (smallest, largest, union), so that neither the order of arrival nor
a repetition shows. Lists are kept sorted and bounded. Times are epoch ms of the provider; `seen` is the broker's time
of the last arrival, by which a record is forgotten.
"""

from dataclasses import dataclass, field
from datetime import datetime

Told = list[int | str]
"""[epoch ms, event id]: a moment and the event that told it."""


@dataclass(slots=True)
class CommitRecord:
    """A pushed commit.

    `previous` are the commits it follows (parents, or its neighbours in pushes that tell none), `branches` those it was
    new on, `merges` the changes it merged, `waiting` the changes to look at again when more is known of it. `deployed`
    is [finished ms, deployment, event id] of the earliest production deployment that contains it.
    """

    at: int | None = None
    event: str = ""
    previous: list[str] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)
    touches: bool | None = None
    merges: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    deployed: list[int | str] | None = None
    seen: int = 0


@dataclass(slots=True)
class ChangeRecord:
    """A pull or merge request. `repository` is its name as its own events spell it, `author` [epoch ms, event id,
    actor] as first told, `base` [epoch ms, branch] as last told; `interactions` are [epoch ms, event id, actor], the 50
    earliest and the 50 latest by humans. `said` holds, for each observation ever made of it, its time.
    """

    opened: Told | None = None
    ready: Told | None = None
    merged: Told | None = None
    first_commit: Told | None = None
    author: Told | None = None
    base: Told | None = None
    heads: list[str] = field(default_factory=list)
    merge_sha: str | None = None
    interactions: list[list[int | str]] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    repository: str | None = None

    def __post_init__(self) -> None:
        self.author = _timed(self.author)


@dataclass(slots=True)
class AttemptRecord:
    """One attempt of a run; `pipeline` is [epoch ms, event id, name] as last told, `jobs` are the names of the jobs it
    ran.
    """

    pipeline: Told | None = None
    started: Told | None = None
    finished: Told | None = None
    outcome: str | None = None
    jobs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pipeline = _timed(self.pipeline)


@dataclass(slots=True)
class RunRecord:
    """A pipeline run and its attempts by their number."""

    attempts: dict[str, AttemptRecord] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    seen: int = 0

    def __post_init__(self) -> None:
        for number, attempt in self.attempts.items():
            if isinstance(attempt, dict):  # as decoded from JSON
                self.attempts[number] = AttemptRecord(**attempt)


@dataclass(slots=True)
class GateRecord:
    """A gate of one commit: evaluation id → [epoch ms, outcome, event id]."""

    evaluations: dict[str, list[int | str]] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    seen: int = 0


@dataclass(slots=True)
class ProductionRecord:
    """The two earliest successful production deployments of a repository: [finished ms, deployment, event id, sha]."""

    earliest: list[list[int | str]] = field(default_factory=list)
    seen: int = 0


@dataclass(slots=True)
class PartsRecord:
    """The parts of a metric that have a name of their own."""

    names: list[str] = field(default_factory=list)
    seen: int = 0


def _timed(told: Told | str | None) -> Told | None:
    """What was told, with a time before all others where it was kept without one once."""
    return [0, "", told] if isinstance(told, str) else told


def earliest(mine: Told | None, other: Told | None) -> Told | None:
    """The earlier of two moments, by time and then by event id; a known one before None."""
    return min((told for told in (mine, other) if told is not None), default=None)


def latest(mine: Told | None, other: Told | None) -> Told | None:
    """The later of two moments, by time and then by event id; a known one before None."""
    return max((told for told in (mine, other) if told is not None), default=None)


def united(mine: list[str], *others: str) -> list[str]:
    """The sorted union of names."""
    return mine if all(other in mine for other in others) else sorted({*mine, *others})


def any_of(mine: bool | None, other: bool | None) -> bool | None:
    """Whether either is true, None where neither is known."""
    return other if mine is None else mine or bool(other)


def ms_of(moment: datetime) -> int:
    """Epoch milliseconds of an aware time."""
    return round(moment.timestamp() * 1000)
