"""Rules about numbers that no metric has. Pure.

The configuration itself cannot know: it is read before anything is known of metrics.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from schemas.alert_rules import AlertRule
from stream_processors.metrics import METRICS

_PERCENTILES = frozenset({"p50", "p75", "p90", "p95"})


class Fault(NamedTuple):
    """What is wrong, where in pipegauge.yaml, and what to do."""

    place: tuple[str | int, ...]
    message: str
    remedy: str


def metric_faults(rules: Sequence[AlertRule]) -> Iterator[Fault]:
    """The rules whose metric nobody defines, or whose metric has no such number."""
    for number, rule in enumerate(rules):
        metric = METRICS.get(rule.metric)
        if metric is None:
            near = get_close_matches(rule.metric, METRICS, 1)
            remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(METRICS)}"
            yield Fault(("alerts", number, "metric"), f"there is no metric {rule.metric!r}", remedy)
        elif rule.value in _PERCENTILES and metric.kind != "duration":
            remedy = "use `value: value`; only durations have percentiles"
            yield Fault(("alerts", number, "value"), f"{rule.metric} has no {rule.value}", remedy)
