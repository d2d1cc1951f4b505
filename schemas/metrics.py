"""Metric points and the aggregates that they are made of."""

from typing import Literal

from pydantic import Field

from schemas.model import Moment, Name, Record, Text

WindowName = Literal["1h", "24h", "7d", "28d", "90d"]
ScopeKind = Literal["service", "team", "org"]

SLOT_MS = 300_000
WINDOWS: dict[WindowName, int] = {
    "1h": 12,
    "24h": 288,
    "7d": 7 * 288,
    "28d": 28 * 288,
    "90d": 90 * 288,
}
"""The windows and their lengths in slots of five minutes."""


class Scope(Record):
    """Whom a number is about. The one organisation is called `org`."""

    kind: ScopeKind
    name: Name


class MetricPoint(Record):
    """The value of one metric for one scope, part and window as it is now.

    The window is [window_end − window, window_end): its end lies on the five-minute grid and includes the running
    slot. `value` is the median in ms of a duration and numerator / denominator of a rate; the percentiles are ms. For
    a duration with a budget, numerator of denominator subjects kept it. `sample_size` counts the subjects measured,
    `linked_share` is the share of subjects that could be joined to all their partners. No data is None, never 0.
    """

    scope: Scope
    metric: Name
    part: Text
    window: WindowName
    window_end: Moment
    value: float | None
    p50: int | None = None
    p75: int | None = None
    p90: int | None = None
    p95: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    sample_size: int
    linked_share: float | None
    definition_version: int


class Aggregate(Record):
    """What can be added and subtracted exactly: integers only, floats would drift.

    `count` subjects, of them `linked`; `weight` and `total` the sums of the observations' weights and values;
    `histogram` maps a bucket of stream_processors.histogram to its count.
    """

    count: int = 0
    linked: int = 0
    weight: int = 0
    total: int = 0
    histogram: dict[int, int] = Field(default_factory=dict)


class Rollup(Record):
    """What a member (a service, or a team for the org) currently contributes to `scope`, one aggregate a window.

    It replaces what the member said before; empty aggregates take the member out.
    """

    scope: Scope
    member: Name
    metric: Name
    part: Text
    window_end: Moment
    windows: dict[WindowName, Aggregate]
