"""From aggregates to metric points."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from schemas.metrics import SLOT_MS, Aggregate, MetricPoint, Scope, WindowName
from stream_processors.histogram import count_within, quantile
from stream_processors.metric import Metric


def window_end(end: int) -> datetime:
    """The time at which slot `end` begins."""
    return datetime.fromtimestamp(end * SLOT_MS / 1000, UTC)


def points(
    metric: Metric, scope: Scope, part: str, end: datetime, windows: Mapping[WindowName, Aggregate]
) -> list[MetricPoint]:
    """One point for each window."""
    return [_point(metric, scope, part, end, window, aggregate) for window, aggregate in windows.items()]


def _point(
    metric: Metric, scope: Scope, part: str, end: datetime, window: WindowName, aggregate: Aggregate
) -> MetricPoint:
    numbers = _of_duration(metric, aggregate) if metric.kind == "duration" else _of_rate(aggregate)
    return MetricPoint.model_construct(
        scope=scope,
        metric=metric.name,
        part=part,
        window=window,
        window_end=end,
        linked_share=aggregate.linked / aggregate.count if aggregate.count else None,
        definition_version=metric.version,
        **numbers,
    )


def _of_duration(metric: Metric, aggregate: Aggregate) -> dict[str, Any]:
    histogram = aggregate.histogram
    median = quantile(histogram, 0.50)
    kept = count_within(histogram, metric.budget_ms) if metric.budget_ms is not None and aggregate.weight else None
    return {
        "value": median,
        "p50": median,
        "p75": quantile(histogram, 0.75),
        "p90": quantile(histogram, 0.90),
        "p95": quantile(histogram, 0.95),
        "numerator": kept,
        "denominator": aggregate.weight if kept is not None else None,
        "sample_size": aggregate.weight,
    }


def _of_rate(aggregate: Aggregate) -> dict[str, Any]:
    measured = aggregate.weight > 0
    return {
        "value": aggregate.total / aggregate.weight if measured else None,
        "p50": None,
        "p75": None,
        "p90": None,
        "p95": None,
        "numerator": aggregate.total if measured else None,
        "denominator": aggregate.weight if measured else None,
        "sample_size": aggregate.count,
    }
