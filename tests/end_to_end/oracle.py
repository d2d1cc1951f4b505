"""The oracle: every window, computed again by SQL over ClickHouse's observations, beside what the stream published."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from clickhouse_driver import Client

from stream_processors.histogram import BOUNDS
from stream_processors.metrics import METRICS

WINDOW_SECONDS = {"1h": 3_600, "24h": 86_400, "7d": 7 * 86_400, "28d": 28 * 86_400, "90d": 90 * 86_400}

_POINTS = """
SELECT scope_kind, scope, metric, part, window, window_end,
       value, p50, p75, p90, p95, numerator, denominator, sample_size, linked_share
FROM metrics FINAL
ORDER BY scope_kind, scope, metric, part, window, version DESC
LIMIT 1 BY scope_kind, scope, metric, part, window
"""

# One row for each point: its observations, with every value rounded up to its bound. `amount` is not called `value`:
# the WHERE beside it would then ask the alias, which is never null, and count what was retracted.
_RECOMPUTED = """
WITH %(bounds)s AS bounds
SELECT p.scope_kind, p.scope, p.metric, p.part, p.window,
       countIf(o.id IS NOT NULL) AS subjects,
       countIf(o.linked) AS linked,
       sum(o.weight) AS weight,
       sum(o.amount) AS total,
       countIf(o.weight > 0 AND o.amount <= p.budget) AS kept,
       arraySort(groupArrayIf(arrayFirst(b -> b >= o.amount, bounds), o.weight > 0)) AS rounded
FROM (
    SELECT scope_kind, scope, metric, part, window, window_end,
           transform(window, %(windows)s, %(lengths)s, 0) AS length,
           transform(metric, %(metrics)s, %(budgets)s, -1) AS budget
    FROM ({points})
) AS p
INNER JOIN (
    SELECT metric, part, service, transform(service, %(services)s, %(teams)s, 'unassigned') AS team,
           toNullable(id) AS id, at, assumeNotNull(value) AS amount, weight, linked
    FROM observations FINAL WHERE value IS NOT NULL
) AS o ON o.metric = p.metric AND o.part = p.part
WHERE (p.scope_kind = 'org' OR (p.scope_kind = 'team' AND o.team = p.scope)
       OR (p.scope_kind = 'service' AND o.service = p.scope))
  AND o.at >= p.window_end - toIntervalSecond(p.length) AND o.at < p.window_end
GROUP BY p.scope_kind, p.scope, p.metric, p.part, p.window
"""


class Key(NamedTuple):
    """Which point."""

    kind: str
    scope: str
    metric: str
    part: str
    window: str


def published(client: Client) -> dict[Key, dict[str, Any]]:
    """The newest points in ClickHouse."""
    names = ("value", "p50", "p75", "p90", "p95", "numerator", "denominator", "sample_size", "linked_share")
    return {Key(*row[:5]): dict(zip(names, row[6:], strict=True)) for row in client.execute(_POINTS)}


def recomputed(client: Client, teams: Mapping[str, str]) -> dict[Key, dict[str, Any]]:
    """What each of these points should be; `teams` maps each service of the catalog to its team."""
    budgets = [metric.budget_ms if metric.budget_ms is not None else -1 for metric in METRICS.values()]
    parameters = {
        "bounds": list(BOUNDS),
        "windows": list(WINDOW_SECONDS),
        "lengths": list(WINDOW_SECONDS.values()),
        "metrics": list(METRICS),
        "budgets": budgets,
        "services": list(teams),
        "teams": list(teams.values()),
    }
    rows = client.execute(_RECOMPUTED.format(points=_POINTS.strip()), parameters)
    found = {Key(*row[:5]): _point(Key(*row[:5]), *row[5:]) for row in rows}
    return {key: found.get(key, _point(key, 0, 0, 0, 0, 0, [])) for key in published(client)}


def differences(client: Client, teams: Mapping[str, str]) -> list[str]:
    """The points that are not as they should be, in words."""
    is_, should = published(client), recomputed(client, teams)
    return [f"{key}: published {is_[key]}, recomputed {should[key]}" for key in is_ if is_[key] != should[key]]


def missing_series(client: Client) -> set[tuple[str, str, str]]:
    """Services' series that have observations of the last 90 days but no published point."""
    observed = client.execute(
        "SELECT DISTINCT service, metric, part FROM observations FINAL "
        "WHERE value IS NOT NULL AND at > now() - INTERVAL 89 DAY"
    )
    known = {(key.scope, key.metric, key.part) for key in published(client) if key.kind == "service"}
    return {tuple(row) for row in observed} - known


def _point(
    key: Key, subjects: int, linked: int, weight: int, total: int, kept: int, rounded: list[int]
) -> dict[str, Any]:
    metric = METRICS[key.metric]
    share = linked / subjects if subjects else None
    if metric.kind == "rate":
        value = total / weight if weight else None
        ratio = (total, weight) if weight else (None, None)
        percentiles: list[int | None] = [None] * 4
        sample = subjects
    else:
        percentiles = [_nearest_rank(rounded, q) for q in (50, 75, 90, 95)]
        value = percentiles[0]
        ratio = (kept, weight) if metric.budget_ms is not None and weight else (None, None)
        sample = weight
    return {
        "value": value,
        "p50": percentiles[0],
        "p75": percentiles[1],
        "p90": percentiles[2],
        "p95": percentiles[3],
        "numerator": ratio[0],
        "denominator": ratio[1],
        "sample_size": sample,
        "linked_share": share,
    }


def _nearest_rank(rounded: list[int], percent: int) -> int | None:
    return rounded[-(-percent * len(rounded) // 100) - 1] if rounded else None
