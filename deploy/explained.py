"""How a number came about: a metric point, its formula, and the observations that it is made of. Pure."""

import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from schemas.metrics import SLOT_MS, WINDOWS, MetricPoint
from stream_processors.metric import Metric

SHOWN = 5
Order = Literal["slowest", "failed first"]


@dataclass(frozen=True)
class Source:
    """An event that an observation rests on."""

    id: str
    type: str
    url: str


@dataclass(frozen=True)
class Fact:
    """An observation of the window; `value` in ms, for a rate the numerator of `weight`."""

    subject: str
    at: datetime
    value: int
    weight: int
    linked: bool
    evidence: Sequence[Source]


@dataclass(frozen=True)
class Explanation:
    """Everything that a point's number can be recomputed from; `facts` are the ones that speak against it most."""

    point: MetricPoint
    metric: Metric
    begin: datetime
    measured: int
    unlinked: int
    facts: Sequence[Fact]


def window_of(point: MetricPoint) -> tuple[datetime, datetime]:
    """The point's window: the begin is inside, the end is not."""
    return point.window_end - timedelta(milliseconds=WINDOWS[point.window] * SLOT_MS), point.window_end


def formula(metric: Metric) -> str:
    """The metric's own words on what it measures, one paragraph."""
    first = (inspect.getdoc(inspect.getmodule(metric.observe)) or "").partition("\n\n")[0]
    how = inspect.getdoc(metric.observe) or ""
    return " ".join(f"{first} {how}".split())


def worst_first(metric: Metric) -> str:
    """The SQL order in which observations speak against the number: failures and low values, or the slowest."""
    if metric.kind == "rate":
        return "value / greatest(weight, 1) ASC" if metric.better == "higher" else "value / greatest(weight, 1) DESC"
    return "value DESC" if metric.better == "lower" else "value ASC"


def as_json(explained: Explanation) -> str:
    """The explanation as a JSON object."""
    point, metric = explained.point, explained.metric
    values: Mapping[str, Any] = {
        "point": point.model_dump(mode="json"),
        "metric": {"name": metric.name, "title": metric.title, "unit": metric.unit, "formula": formula(metric)},
        "window": {"begin": explained.begin.isoformat(), "end": point.window_end.isoformat()},
        "measured": explained.measured,
        "not_linked": explained.unlinked,
        "observations": [{**asdict(fact), "at": fact.at.isoformat()} for fact in explained.facts],
    }
    return json.dumps(values, indent=2, ensure_ascii=False)


def lines(explained: Explanation, number: str, values: Iterable[str]) -> list[str]:
    """The explanation for people; `number` is the point's value and `values` those of its facts, in words."""
    point, metric = explained.point, explained.metric
    part = f", {point.part}" if point.part else ""
    said = [
        f"{metric.title} of {point.scope.name}{part}, {point.window}: {number}",
        f"  window    {explained.begin:%Y-%m-%d %H:%M} to {point.window_end:%Y-%m-%d %H:%M} UTC",
        f"  formula   {formula(metric)}",
        f"  made of   {_made_of(explained)}",
    ]
    if explained.facts:
        said.append(f"  {'least good' if metric.kind == 'rate' else 'slowest'} first")
    for fact, value in zip(explained.facts, values, strict=True):
        said.append(f"    {value:<10} {fact.subject}, {fact.at:%Y-%m-%d %H:%M}")
        said += [f"               {source.type} {source.id} {source.url}".rstrip() for source in fact.evidence]
    return said


def _made_of(explained: Explanation) -> str:
    point, metric = explained.point, explained.metric
    counted = f"{explained.measured} observations"
    if metric.kind == "rate" and point.denominator:
        counted += f": {point.numerator} / {point.denominator}"
    elif point.value is not None:
        counted += ", of which the middle one (percentiles are upper bounds of buckets 2 % wide)"
    return f"{counted}; {explained.unlinked} could not be joined to all their partners"
