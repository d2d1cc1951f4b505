"""What a metric is: one object that says how facts become measured values, and how to talk about them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["duration", "rate"]
Reads = Literal["change", "run", "gate"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured value of a subject. `value` and `weight` as in schemas.observations.Observation.

    `at_ms` is the provider's time of the fact (epoch ms, UTC); `evidence` the ids of the events it rests on.
    """

    part: str
    subject: str
    at_ms: int
    value: int
    evidence: tuple[str, ...]
    weight: int = 1
    linked: bool = True


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric. `reads` names the record that `observe` is given (stream_processors.facts).

    `budget_ms` is the limit that a duration should keep: points carry how many of the subjects kept it. `version`
    rises whenever the definition changes, so that numbers of two definitions are never taken for one. `runbook`
    tells what to do when the number is bad.
    """

    name: str
    title: str
    unit: Literal["ms", "ratio"]
    better: Literal["lower", "higher"]
    kind: Kind
    reads: Reads
    observe: Callable[[Any], Iterable[Measure]]
    version: int
    runbook: str
    budget_ms: int | None = None
