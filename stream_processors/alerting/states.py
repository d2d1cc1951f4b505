"""The states of an alert: inactive → pending → firing → resolved, which is inactive again. Pure.

Pending lasts `for`; firing ends at `clear_at`. A window that holds nothing ends both, and begins the time of
`absent_for`; a point of too few subjects leaves everything as it is. One change of state a step. What counts subjects
itself, the sample size and the share of linked ones, needs no minimum of them.
"""

from typing import Literal, NamedTuple

from schemas.alert_rules import AlertRule
from schemas.alerts import Alert, AlertState, alert_id
from schemas.metrics import WINDOWS
from stream_processors.alerting.watched import Watched, lapsed
from stream_processors.row_fields import EPOCH, MILLISECOND

FORGET_MS = max(WINDOWS.values()) * 300_000
"""An alert whose window has been empty for so long is forgotten."""


class Change(NamedTuple):
    """What a step leads to: the state that is kept, the state that is told, why and since when (epoch ms)."""

    state: Literal["inactive", "pending", "firing"]
    told: AlertState
    absent: bool
    since_ms: int


def step(watched: Watched, rule: AlertRule, now_ms: int, muted: bool) -> Watched:
    """The record at `now_ms`; a change of state leaves it with a `last` that is not sent."""
    now_ms = _no_earlier(watched, now_ms)
    watched = lapsed(watched, now_ms)
    change = _change(watched, rule, now_ms)
    if change is None and not muted and is_held(watched):
        told: AlertState = "firing" if watched.state == "firing" else "resolved"
        change = Change(watched.state, told, watched.absent, watched.since_ms)
    return watched if change is None else _changed(watched, rule, change, now_ms, muted)


def withdrawn(watched: Watched, now_ms: int) -> Watched | None:
    """The record of an alert that nobody watches any more; None where there is nothing to take back."""
    last = watched.last
    if last is None or not (watched.told or watched.state != "inactive"):
        return None
    now_ms = _no_earlier(watched, now_ms)
    ended: AlertState = "inactive" if watched.state == "pending" and not watched.told else "resolved"
    number = last.number + 1
    update = {
        **{"id": alert_id(watched.rule, watched.scope, watched.part, number), "number": number, "state": ended},
        **{"value": None, "sample_size": 0, "absent": False, "withdrawn": True, "muted": not watched.told},
        "at": EPOCH + now_ms * MILLISECOND,
    }
    ending = last.model_copy(update=update)
    return watched.model_copy(update={"state": "inactive", "told": False, "last": ending, "is_sent": False})


def due(watched: Watched, rule: AlertRule, muted_until_ms: int | None) -> int | None:
    """When the record has to be looked at again if no point comes; None where time alone changes nothing."""
    times: list[int] = []
    empty_since = watched.empty_since_ms
    if watched.seen is not None and empty_since is None:
        times.append(watched.seen.until_ms)
    if rule.absent_for is not None and empty_since is not None and watched.state != "firing":
        times.append(empty_since + rule.absent_for * 1000)
    if watched.state == "pending":
        times.append(watched.since_ms + rule.for_ * 1000)
    if is_held(watched) and muted_until_ms is not None:
        times.append(muted_until_ms)
    return min(times, default=None)


def is_forgettable(watched: Watched, now_ms: int) -> bool:
    """Whether nothing was measured for so long that the scope or part is gone for good."""
    return watched.empty_since_ms is not None and now_ms - watched.empty_since_ms >= FORGET_MS


def is_held(watched: Watched) -> bool:
    """Whether what was told last is no longer so: a mute window held the message back."""
    return watched.state != "pending" and watched.told != (watched.state == "firing")


def _no_earlier(watched: Watched, now_ms: int) -> int:
    """Ticks that come again after a crash, and a broker's clock ahead of the worker's, turn no state's time back."""
    return max(now_ms, watched.changed_ms, watched.seen.at_ms if watched.seen else 0)


def _change(watched: Watched, rule: AlertRule, now_ms: int) -> Change | None:
    if watched.state == "firing":
        ends = watched.empty_since_ms is None if watched.absent else _is_beyond(watched, rule, _clear_at(rule)) is False
        return Change("inactive", "resolved", watched.absent, watched.since_ms) if ends else None
    empty_since = watched.empty_since_ms
    if rule.absent_for is not None and empty_since is not None and now_ms - empty_since >= rule.absent_for * 1000:
        return Change("firing", "firing", True, empty_since)
    beyond = _is_beyond(watched, rule, rule.threshold)
    if watched.state == "pending":
        return _out_of_pending(watched, rule, beyond, now_ms)
    if not beyond:
        return None
    return Change("pending", "pending", False, now_ms) if rule.for_ else Change("firing", "firing", False, now_ms)


def _out_of_pending(watched: Watched, rule: AlertRule, beyond: bool | None, now_ms: int) -> Change | None:
    if beyond is False:
        return Change("inactive", "inactive", False, watched.since_ms)
    if beyond and now_ms - watched.since_ms >= rule.for_ * 1000:
        return Change("firing", "firing", False, watched.since_ms)
    return None


def _clear_at(rule: AlertRule) -> float:
    return rule.threshold if rule.clear_at is None else rule.clear_at


def _is_beyond(watched: Watched, rule: AlertRule, limit: float) -> bool | None:
    """Whether the value lies beyond `limit`; None where the newest point says nothing about it."""
    if watched.empty_since_ms is not None and rule.value != "sample_size":
        return False
    value, sample_size = _measured(watched)
    if value is None or (sample_size < rule.min_sample and rule.value not in ("sample_size", "linked_share")):
        return None
    return {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}[rule.operator]


def _measured(watched: Watched) -> tuple[float | None, int]:
    """Value and sample size as they are now."""
    if watched.empty_since_ms is not None:
        return (0 if watched.statistic == "sample_size" else None), 0
    return (watched.seen.value, watched.seen.sample_size) if watched.seen else (None, 0)


def _changed(watched: Watched, rule: AlertRule, change: Change, now_ms: int, muted: bool) -> Watched:
    number = now_ms // 1000 if watched.last is None else watched.last.number + 1
    value, sample_size = _measured(watched)
    alert = Alert(
        id=alert_id(watched.rule, watched.scope, watched.part, number),
        rule=watched.rule,
        number=number,
        state=change.told,
        scope=watched.scope,
        metric=watched.metric,
        part=watched.part,
        window=watched.window,
        statistic=watched.statistic,
        value=value,
        threshold=rule.threshold,
        operator=rule.operator,
        sample_size=sample_size,
        since=EPOCH + change.since_ms * MILLISECOND,
        at=EPOCH + now_ms * MILLISECOND,
        severity=rule.severity,
        route=rule.route,
        absent=change.absent,
        muted=muted,
        summary=rule.summary,
    )
    is_message = change.told in ("firing", "resolved") and not muted
    update = {
        **{"state": change.state, "absent": change.absent and change.state == "firing", "since_ms": change.since_ms},
        **{"changed_ms": now_ms, "last": alert, "is_sent": False},
        "told": change.told == "firing" if is_message else watched.told,
    }
    return watched.model_copy(update=update)
