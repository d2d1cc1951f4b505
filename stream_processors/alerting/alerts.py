"""The alerts of one partition: points are taken in as they come, states change on ticks. Pure.

Only windows as they are now are looked at: while old points come in after a time without a worker, the states stand
still, and after an assignment an alert waits for its first new point (roll publishes every series anew).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from schemas.alert_rules import AlertRule
from schemas.alerts import Alert
from schemas.metrics import MetricPoint
from stream_processors.alerting.muting import muted_until
from stream_processors.alerting.rules import Rules
from stream_processors.alerting.states import due, is_forgettable, step, withdrawn
from stream_processors.alerting.watched import (
    KEYS,
    Watched,
    encoded,
    is_about_the_same,
    is_empty,
    key_of_alert,
    lapsed,
    new,
    seen_of,
    with_point,
)
from stream_processors.row_fields import EPOCH, MILLISECOND
from stream_processors.state import State

LOOK_AT_MOST = 250
"""Alerts looked at a tick and partition."""

SWEEP_AT_MOST = 50
"""Alerts looked at a tick for whether anybody watches them still."""

BEHIND_MS = 60_000
"""A point older than this says that the reading is behind: what it tells is no longer so."""

GRACE_MS = 60_000
"""How long after an assignment an alert without a new point is left as it is."""


class Alerts:
    """The alerts of one partition, from its assignment to its revocation."""

    def __init__(self, state: State, rules: Rules) -> None:
        self._state = state
        self._rules = rules
        self._due: dict[bytes, int | None] = {}
        self._is_scanned = False  # at the first tick, which brings the time
        self._fresh: dict[bytes, None] = {}
        self._unsent: dict[bytes, None] = {}
        self._last_tick = -1
        self._newest_arrival: int | None = None
        self._cursor = KEYS

    @property
    def dirty(self) -> int:
        """Alerts with a new point or an unsent change; before the first tick nobody knows, and that counts as one."""
        return len(self._fresh) + len(self._unsent) + (not self._is_scanned)

    def take(self, points: Sequence[MetricPoint], version: int, arrived_ms: int) -> None:
        """Take in the points of one scope, metric and part. `version` as in schemas.model.version_of."""
        for point in points:
            for rule in self._rules.concerned(point, _moment(arrived_ms)):
                self._note(point, rule, version, arrived_ms)

    def tick(self, now_ms: int) -> list[bytes]:
        """Look at what is due at `now_ms` (epoch, whole seconds).

        The keys of the alerts whose state has changed, or had changed before a crash: once all that was written is
        flushed, `unsent` tells what to publish, and once that is acknowledged `mark` is to be called. A tick not later
        than the last says nothing.
        """
        if now_ms <= self._last_tick:
            return []
        self._last_tick = now_ms
        if not self._is_scanned:
            self._scan(now_ms)
        if not self._is_behind(now_ms):
            self._sweep(now_ms)
            for key in self._waiting(now_ms):
                self._look(key, now_ms)
        return list(self._unsent)

    def unsent(self, keys: Iterable[bytes]) -> list[Alert]:
        """The changes of state to publish."""
        watched = [self._load(key) for key in keys]
        return [one.last for one in watched if one is not None and one.last is not None and not one.is_sent]

    def mark(self, keys: Iterable[bytes]) -> None:
        """Remember that the changes of these alerts are published; what is withdrawn is forgotten."""
        for key in keys:
            self._unsent.pop(key, None)
            watched = self._load(key)
            if watched is None or watched.last is None:
                continue
            if watched.last.withdrawn:
                self._forget(key)
            else:
                self._state.put(key, encoded(watched.model_copy(update={"is_sent": True})))

    def _note(self, point: MetricPoint, rule: AlertRule, version: int, arrived_ms: int) -> None:
        key = key_of_alert(rule, point.scope, point.part)
        seen = seen_of(point, rule.value, version, arrived_ms)
        known = self._load(key)
        if known is None:
            if is_empty(seen, rule.value):
                return  # of what was never measured, or long ago only, as in an import, nobody is alerted
            known = new(rule, point.scope, point.part)
        watched = with_point(known, seen)
        if watched is not known:
            self._state.put(key, encoded(watched))
            self._fresh[key] = None
            self._newest_arrival = arrived_ms

    def _scan(self, now_ms: int) -> None:
        """Find what a former owner of the partition has left, sent or not."""
        for key, value in self._state.scan(KEYS):
            if not key.startswith(KEYS):
                break
            watched = Watched.model_validate_json(value)
            if not watched.is_sent:
                self._unsent[key] = None
            is_recent = watched.seen is not None and now_ms - watched.seen.at_ms < BEHIND_MS
            self._due[key] = now_ms if is_recent else now_ms + GRACE_MS
        self._is_scanned = True

    def _is_behind(self, now_ms: int) -> bool:
        newest, self._newest_arrival = self._newest_arrival, None
        return newest is not None and newest < now_ms - BEHIND_MS

    def _waiting(self, now_ms: int) -> list[bytes]:
        """What to look at: alerts with a new point, and those whose time has come."""
        timely = {key: None for key, time in self._due.items() if time is not None and time <= now_ms}
        return [key for key in islice({**timely, **self._fresh}, LOOK_AT_MOST) if key not in self._unsent]

    def _look(self, key: bytes, now_ms: int) -> None:
        self._fresh.pop(key, None)
        known = self._load(key)
        if known is None:
            return
        rule = self._rule_of(known, now_ms)
        if rule is None:
            self._end(key, known, now_ms)
            return
        until = muted_until(rule.mute, _moment(now_ms))
        watched = step(known, rule, now_ms, until is not None)
        if watched is not known:
            self._state.put(key, encoded(watched))
        if watched.is_sent:
            time = due(watched, rule, None if until is None else round(until.timestamp() * 1000))
            waits_for_a_point = watched is known and time is not None and time <= now_ms
            self._due[key] = None if waits_for_a_point else time
        else:
            self._unsent[key] = None
            self._due[key] = now_ms  # one step may lead to another

    def _rule_of(self, watched: Watched, now_ms: int) -> AlertRule | None:
        """The rule that watches this; None where nobody does any more."""
        rule = self._rules.named(watched.rule)
        if rule is None or not is_about_the_same(watched, rule) or is_forgettable(lapsed(watched, now_ms), now_ms):
            return None
        return rule if self._rules.watches(rule, watched.scope, watched.part, _moment(now_ms)) else None

    def _end(self, key: bytes, known: Watched, now_ms: int) -> None:
        ending = withdrawn(known, now_ms)
        if ending is None:
            self._forget(key)
            return
        self._state.put(key, encoded(ending))
        self._unsent[key] = None

    def _sweep(self, now_ms: int) -> None:
        """Look for alerts that nobody watches any more, a few keys at a time."""
        looked_at = list(self._state.scan(self._cursor, SWEEP_AT_MOST))
        for key, value in looked_at:
            if self._rule_of(Watched.model_validate_json(value), now_ms) is None:
                self._fresh[key] = None
        self._cursor = looked_at[-1][0] + b"\x00" if len(looked_at) == SWEEP_AT_MOST else KEYS

    def _forget(self, key: bytes) -> None:
        self._state.delete(key)
        self._due.pop(key, None)

    def _load(self, key: bytes) -> Watched | None:
        value = self._state.get(key)
        return None if value is None else Watched.model_validate_json(value)


def _moment(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MILLISECOND
