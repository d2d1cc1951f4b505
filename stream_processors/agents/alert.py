"""The agent `alert`: metric points into changes of state of alerts.

A change is written with its number and flushed, then published, then marked: nothing goes unsaid, and what is said
twice has the same id.
"""

from collections.abc import Sequence
from functools import partial

import orjson

from schemas import topics
from schemas.alerts import alert_key
from schemas.codec import encode
from schemas.metrics import MetricPoint
from schemas.model import version_of
from stream_processors.agents.shell import Arrival, Steps, define
from stream_processors.alerting.alerts import Alerts
from stream_processors.alerting.rules import Rules
from stream_processors.app import Worker
from stream_processors.failpoints import reached
from stream_processors.outbox import Outgoing


class AlertAgent:
    """The alerts of every partition that this worker holds."""

    def __init__(self, worker: Worker, rules: Rules) -> None:
        self._worker = worker
        self._rules = rules
        self._partitions: dict[int, Alerts] = {}
        define(worker, "alert", topics.METRICS, self._take, self._tick)

    @property
    def dirty(self) -> int:
        """Alerts that wait to be looked at or published; may be asked from another thread."""
        return sum(alerts.dirty for alerts in list(self._partitions.values()))

    def forget(self) -> None:
        """Drop what is derived: the partitions are being assigned anew."""
        self._partitions.clear()

    def _alerts(self, partition: int) -> Alerts:
        if partition not in self._partitions:
            self._partitions[partition] = Alerts(self._worker.alerts.partition(partition), self._rules)
        return self._partitions[partition]

    def _take(self, arrival: Arrival) -> None:
        told = orjson.loads(arrival.value)
        concerned = [one for one in told if self._rules.are_about(one["metric"], one["window"], one["part"])]
        if concerned:
            points = [MetricPoint.model_validate(one) for one in concerned]
            version = version_of(arrival.timestamp_ms, arrival.offset)
            self._alerts(arrival.partition).take(points, version, arrival.timestamp_ms)

    def _tick(self, partition: int, now_ms: int) -> Steps:
        alerts = self._alerts(partition)
        keys = alerts.tick(now_ms)
        if not keys:
            return []
        return [
            partial(self._publish, alerts, keys),
            partial(_mark, alerts, keys),
            partial(reached, "after_alert_mark"),
        ]

    def _publish(self, alerts: Alerts, keys: Sequence[bytes]) -> None:
        reached("after_alert_state")
        for alert in alerts.unsent(keys):
            key = alert_key(alert.rule, alert.scope, alert.part)
            self._worker.outbox.put(Outgoing(topics.ALERTS, key.encode(), encode(alert)))


def _mark(alerts: Alerts, keys: Sequence[bytes]) -> None:
    reached("after_alert_sent")
    alerts.mark(keys)
