"""Plays timelines against the rules, with the very code of the worker, and tells what is not as expected. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from schemas.alert_rules import AlertRule
from schemas.alerts import Alert
from schemas.metrics import SLOT_MS, MetricPoint, Scope
from stream_processors.alerting.alerts import Alerts
from stream_processors.alerting.rules import Rules, Teams
from stream_processors.alerting.timeline import (
    AlertRuleTest,
    ExpectedAlert,
    Series,
    Timeline,
    TimelineError,
    Value,
    series_of,
    values_of,
)
from stream_processors.alerting.wording import message
from stream_processors.metrics import METRICS
from stream_processors.row_fields import EPOCH, MILLISECOND

_SAMPLE_SIZE = 100
"""How many subjects a point rests on where no series says."""

Subject = tuple[str, str, str, str, str]
AlertPlace = tuple[str, str, str]


class _Table(dict[bytes, bytes]):
    """The table `alerts` of a worker that is never killed."""

    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value

    def delete(self, key: bytes) -> None:
        self.pop(key, None)

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        return iter([(key, self[key]) for key in sorted(key for key in self if key >= start)[:limit]])


def mismatches(timeline: Timeline, rules: Iterable[AlertRule], teams: Teams, every_s: int, board: str) -> Iterator[str]:
    """One line for each expectation that is not met. Raises TimelineError."""
    rules = list(rules)
    names = {rule.name for rule in rules}
    played = _Play(timeline, Rules(rules, teams), every_s)
    for test in sorted(timeline.alert_rule_test, key=lambda test: test.eval_time):
        if test.alertname not in names:
            raise TimelineError(f"there is no rule {test.alertname!r}; use one of {', '.join(sorted(names))}")
        current = played.until(test.eval_time)
        for line in _compared(test, {key[1:]: one for key, one in current.items() if key[0] == test.alertname}, board):
            yield f"{timeline.name}, at {_offset(test.eval_time)}, {test.alertname}: {line}"


class _Play:
    """A timeline under way: the points so far, the ticks so far, the last change of each alert."""

    def __init__(self, timeline: Timeline, rules: Rules, every_s: int) -> None:
        self._start_ms = (timeline.start - EPOCH) // MILLISECOND
        self._every_ms = every_s * 1000
        self._interval_ms = timeline.interval * 1000
        self._points = _points_by_interval(timeline)
        self._alerts = Alerts(_Table(), rules)
        self._current: dict[tuple[str, str, str, str], Alert] = {}
        self._next_ms = 0

    def until(self, seconds: int) -> dict[tuple[str, str, str, str], Alert]:
        """The last change of each alert, `seconds` after the start."""
        while self._next_ms <= seconds * 1000:
            self._step(self._next_ms)
            self._next_ms += self._every_ms
        return self._current

    def _step(self, at_ms: int) -> None:
        now_ms = self._start_ms + at_ms
        while self._points and self._points[0][0] * self._interval_ms <= at_ms:
            number, values = self._points.pop(0)
            arrived_ms = self._start_ms + number * self._interval_ms
            for subject, numbers in values.items():
                self._alerts.take([_point(subject, numbers, arrived_ms)], number + 1, arrived_ms)
        keys = self._alerts.tick(now_ms)
        for alert in self._alerts.unsent(keys):
            self._current[alert.rule, alert.scope.kind, alert.scope.name, alert.part] = alert
        self._alerts.mark(keys)


def _points_by_interval(timeline: Timeline) -> list[tuple[int, dict[Subject, dict[str, Value]]]]:
    """What is measured at each interval: several series may tell of one point."""
    found: dict[int, dict[Subject, dict[str, Value]]] = {}
    for one in timeline.input_series:
        series = series_of(one.series)
        if series.metric not in METRICS:
            raise TimelineError(f"there is no metric {series.metric!r}; use one of {', '.join(METRICS)}")
        for number, value in enumerate(values_of(one.values)):
            if value is not None:
                found.setdefault(number, {}).setdefault(_subject(series), {})[series.value] = value
    return sorted(found.items())


def _subject(series: Series) -> Subject:
    return series.kind, series.scope, series.metric, series.part, series.window


def _point(subject: Subject, numbers: dict[str, Value], at_ms: int) -> MetricPoint:
    kind, scope, metric, part, window = subject
    measured: dict[str, Any] = {name: number for name, number in numbers.items() if number != "empty"}
    is_empty = len(measured) < len(numbers)
    percentiles = {name: round(number) for name, number in measured.items() if name.startswith("p")}
    return MetricPoint.model_validate(
        {
            **{"scope": Scope.model_validate({"kind": kind, "name": scope}), "metric": metric, "part": part},
            **{"window": window, "window_end": EPOCH + (at_ms // SLOT_MS + 1) * SLOT_MS * MILLISECOND},
            **{"value": measured.get("value"), "linked_share": measured.get("linked_share"), **percentiles},
            "sample_size": 0 if is_empty else round(measured.get("sample_size", _SAMPLE_SIZE)),
            "definition_version": METRICS[metric].version,
        }
    )


def _compared(test: AlertRuleTest, current: dict[AlertPlace, Alert], board: str) -> Iterator[str]:
    expected = {_place(one): one for one in test.exp_alerts}
    for place, wanted in expected.items():
        alert = current.get(place)
        if alert is None:
            yield f"expected {wanted.state} of {_named(place)}, got none"
            continue
        got = message(alert, board)
        for what, should, is_ in (
            ("state", wanted.state, alert.state),
            ("muted", wanted.muted, alert.muted),
            ("title", wanted.title, got.title),
            ("body", wanted.body and wanted.body.strip(), got.body),
        ):
            if should is not None and should != is_:
                yield f"expected {what} {should!r} of {_named(place)}, got {is_!r}"
    for place, alert in current.items():
        if place not in expected and alert.state in ("pending", "firing"):
            yield f"expected none of {_named(place)}, got {alert.state} {message(alert, board).title!r}"


def _place(expected: ExpectedAlert) -> AlertPlace:
    if expected.service is not None:
        return "service", expected.service, expected.part
    return ("team", expected.team, expected.part) if expected.team is not None else ("org", "org", expected.part)


def _named(place: AlertPlace) -> str:
    kind, name, part = place
    return f"{kind} {name}" + (f", {part}" if part else "")


def _offset(seconds: int) -> str:
    return str(timedelta(seconds=seconds)) if seconds else "0"
