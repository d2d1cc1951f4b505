"""Alerts over a state in memory: points and ticks by the minute, and what was told of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.alert_rules import AlertRule
from schemas.alerts import Alert
from schemas.metrics import MetricPoint, Scope
from stream_processors.alerting.alerts import Alerts
from stream_processors.alerting.rules import Rules
from stream_processors.state import State
from tests.stream_processors.memory_state import MemoryState

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
START_MS = round(MONDAY.timestamp() * 1000)
MINUTE_MS = 60_000
CHECKOUT = Scope(kind="service", name="checkout")


class Teams:
    """ledger changes teams on the second day."""

    def team_of(self, service: str, at: datetime) -> str:
        if service == "ledger":
            return "growth" if at < MONDAY + timedelta(days=1) else "payments"
        return "payments" if service == "checkout" else "growth"


def rule(**changes: Any) -> AlertRule:
    values: dict[str, Any] = {
        **{"name": "slow", "metric": "pipeline_duration", "value": "p95", "window": "1h", "threshold": "10m"},
    }
    return AlertRule.model_validate(values | changes)


def point(minute: float, minutes: float | None, **changes: Any) -> MetricPoint:
    """A point of p95 `minutes`, or of an empty window, as roll publishes it at `minute`."""
    at = MONDAY + timedelta(minutes=minute)
    end = MONDAY + timedelta(minutes=(minute // 5 + 1) * 5)
    assert end > at
    milliseconds = None if minutes is None else round(minutes * MINUTE_MS)
    values: dict[str, Any] = {
        **{"scope": CHECKOUT, "metric": "pipeline_duration", "part": "", "window": "1h", "window_end": end},
        **{"value": milliseconds, "p95": milliseconds, "sample_size": 0 if minutes is None else 20},
        **{"linked_share": None, "definition_version": 1},
    }
    return MetricPoint.model_validate(values | changes)


class Played:
    """The process of one partition; a new one over the same state is the process after a restart."""

    def __init__(self, *rules: AlertRule, state: State | None = None) -> None:
        self.state = MemoryState() if state is None else state
        self.alerts = Alerts(self.state, Rules(rules, Teams()))
        self.sent: list[Alert] = []
        self.version = 0

    def take(self, minute: float, *points: MetricPoint, version: int | None = None) -> None:
        self.version += 1
        arrived = START_MS + round(minute * MINUTE_MS)
        self.alerts.take(points, self.version if version is None else version, arrived)

    def tick(self, minute: float) -> list[Alert]:
        """What a tick makes known."""
        keys = self.alerts.tick(START_MS + round(minute * MINUTE_MS))
        told = self.alerts.unsent(keys)
        self.alerts.mark(keys)
        self.sent += told
        return told

    def play(self, values: dict[float, float | None], until: float, step: float = 1.0) -> None:
        """A point of each minute named, and a tick each `step` minutes until `until`."""
        minute = 0.0
        while minute <= until:
            if minute in values:
                self.take(minute, point(minute, values[minute]))
            self.tick(minute)
            minute += step

    @property
    def told(self) -> list[tuple[str, float]]:
        """State and minute of every change."""
        return [(alert.state, minute_of(alert.at)) for alert in self.sent]


def minute_of(moment: datetime) -> float:
    return (moment - MONDAY) / timedelta(minutes=1)
