"""Changes of an alert's state, as the worker publishes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.alerts import Alert, alert_id
from schemas.metrics import Scope

BEGAN = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PENDING, FIRING, RESOLVED = 1, 2, 3
"""The running numbers of one life of an alert."""

_STATES = {PENDING: "pending", FIRING: "firing", RESOLVED: "resolved"}


def change(number: int = FIRING, service: str = "checkout", **fields: Any) -> Alert:
    """The change `number` of the alert about `service`, on the route `oncall`."""
    scope = Scope(kind="service", name=service)
    values: dict[str, Any] = {
        "id": alert_id("slow-builds", scope, "", number),
        "rule": "slow-builds",
        "number": number,
        "state": _STATES.get(number, "firing"),
        "scope": scope,
        "metric": "pipeline_duration",
        "part": "",
        "window": "24h",
        "value": 750_000.0,
        "threshold": 600_000.0,
        "operator": ">",
        "sample_size": 31,
        "since": BEGAN,
        "at": BEGAN + timedelta(minutes=5 * number),
        "severity": "critical",
        "route": "oncall",
    }
    return Alert(**{**values, **fields})
