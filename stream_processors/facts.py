"""What is known of a change, a run and a gate when a metric looks at them: plain values, joined already."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.events import GateOutcome, Outcome


class Fact(NamedTuple):
    """A moment (epoch ms, provider's time) and the event that told it."""

    at_ms: int
    event: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change and what it was joined to; None for what is not known (yet).

    `interactions` are reviews and comments by humans who are not the author, in the order of their times. `touches`
    is False where all commits known touch none of the service's paths. `deployed` is the earliest successful
    production deployment that contains the merge, None for one that a service's first deployment brought along:
    nothing tells what had been in production before that one.
    """

    subject: str
    first_commit: Fact | None
    opened: Fact | None
    ready: Fact | None
    interactions: tuple[Fact, ...]
    merged: Fact | None
    deployed: Fact | None
    touches: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of a pipeline run. `partial` where it ran only some of the first attempt's jobs again."""

    subject: str
    pipeline: str
    outcome: Outcome | None
    started: Fact | None
    finished: Fact | None
    partial: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of a gate; `finished` is when its outcome was told."""

    id: str
    outcome: GateOutcome
    finished: Fact


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate of one commit with its evaluations, in the order of their times and ids."""

    gate: str
    sha: str
    evaluations: tuple[Evaluation, ...]
