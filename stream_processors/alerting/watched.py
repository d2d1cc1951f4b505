"""What is remembered of one alert, a rule for one scope and part: one record of the table `alerts`. Pure."""

from typing import Literal

from schemas.alert_rules import AlertRule, PointValue
from schemas.alerts import Alert
from schemas.codec import encode
from schemas.metrics import SLOT_MS, WINDOWS, MetricPoint, Scope, WindowName
from schemas.model import Name, Record, Text
from stream_processors.state import SEPARATOR, key_of

KEYS = ("alert" + SEPARATOR).encode()
"""All keys of the table begin so."""


class Seen(Record):
    """The newest point. It says nothing from `until_ms` on: whatever was in its window has left it by then.

    `sample_size` counts what was measured: none of it, where nothing that happened could be linked.

    `version` orders the points of a scope (schemas.model.version_of), `at_ms` is when it arrived.
    """

    version: int
    at_ms: int
    until_ms: int
    value: float | None
    sample_size: int


class Watched(Record):
    """One alert. Times are epoch ms.

    `since_ms` is when the condition of the present or of the last state began, `changed_ms` when the state changed
    last. `empty_since_ms` is when the window was seen to hold nothing, None while it holds something. `told` is
    whether the last message that nobody muted said that it fires. `last` is the last change of state, with its
    number; until `is_sent` it has to be published, again after a crash.
    """

    rule: Name
    scope: Scope
    part: Text
    metric: Name
    window: WindowName
    statistic: PointValue
    state: Literal["inactive", "pending", "firing"] = "inactive"
    absent: bool = False
    since_ms: int = 0
    changed_ms: int = 0
    seen: Seen | None = None
    empty_since_ms: int | None = None
    told: bool = False
    last: Alert | None = None
    is_sent: bool = True


def key_of_alert(rule: AlertRule, scope: Scope, part: str) -> bytes:
    """The key of a record. A rule that was given another metric, window or statistic begins anew beside the old."""
    return key_of("alert", rule.name, scope.kind, scope.name, part, rule.metric, rule.window, rule.value)


def new(rule: AlertRule, scope: Scope, part: str) -> Watched:
    """An alert of which nothing is known yet."""
    return Watched(rule=rule.name, scope=scope, part=part, metric=rule.metric, window=rule.window, statistic=rule.value)


def is_about_the_same(watched: Watched, rule: AlertRule) -> bool:
    """Whether the rule still means the numbers that the record was made of."""
    return (watched.metric, watched.window, watched.statistic) == (rule.metric, rule.window, rule.value)


def encoded(watched: Watched) -> bytes:
    return encode(watched)


def seen_of(point: MetricPoint, statistic: PointValue, version: int, at_ms: int) -> Seen:
    """A point as far as an alert needs it."""
    end_ms = round(point.window_end.timestamp() * 1000)
    return Seen(
        version=version,
        at_ms=at_ms,
        until_ms=end_ms + WINDOWS[point.window] * SLOT_MS,
        value=getattr(point, statistic),
        sample_size=point.sample_size,
    )


def with_point(watched: Watched, seen: Seen) -> Watched:
    """The record after a point; the same where it knows that one or a later one."""
    known = watched.seen
    if known is not None and seen.version <= known.version:
        return watched
    empty_since = _empty_since(watched, seen.at_ms) if is_empty(seen, watched.statistic) else None
    return watched.model_copy(update={"seen": seen, "empty_since_ms": empty_since})


def lapsed(watched: Watched, now_ms: int) -> Watched:
    """The record where the newest point has become too old to say anything: nothing arrives any more."""
    seen = watched.seen
    if seen is None or watched.empty_since_ms is not None or now_ms < seen.until_ms:
        return watched
    return watched.model_copy(update={"empty_since_ms": seen.until_ms})


def is_empty(seen: Seen, statistic: PointValue) -> bool:
    """Whether a point's window holds nothing that the statistic is about."""
    return seen.value is None if statistic == "linked_share" else seen.sample_size == 0


def _empty_since(watched: Watched, at_ms: int) -> int:
    if watched.empty_since_ms is not None:
        return watched.empty_since_ms
    return at_ms if watched.seen is None else min(at_ms, watched.seen.until_ms)
