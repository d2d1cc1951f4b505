"""What a message about an alert says: what, since when, the value, the threshold, the sample, and where to look. Pure.

    Firing: checkout, Pipeline duration p95 is 12m 30s, above 10m

The same words go to people, to `pipegauge alerts test` and to the documentation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from schemas.alert_rules import PointValue
from schemas.alerts import Alert, AlertState
from schemas.metrics import SLOT_MS, WINDOWS
from stream_processors.metrics import METRICS
from stream_processors.quantities import duration, share

_STATES: dict[AlertState, str] = {
    "pending": "Pending",
    "firing": "Firing",
    "resolved": "Resolved",
    "inactive": "No longer pending",
}
_BEYOND = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}
_STATISTICS: dict[PointValue, str] = {
    "value": "",
    "p50": " p50",
    "p75": " p75",
    "p90": " p90",
    "p95": " p95",
    "linked_share": " linked share",
    "sample_size": " sample size",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: one line, several lines, and an address of the board that `body` ends with as well."""

    title: str
    body: str
    link: str


def message(alert: Alert, board: str) -> Message:
    """The words about `alert`; `board` is the address under which people open the board."""
    link = board_link(alert, board)
    lines = [
        *([alert.summary] if alert.summary else []),
        _what(alert),
        f"Since {_moment(alert.since)}{_how_long(alert)}.",
        f"Rule {alert.rule}, severity {alert.severity}.",
        link,
    ]
    return Message(_title(alert), "\n".join(lines), link)


def board_link(alert: Alert, board: str) -> str:
    """The board, narrowed to the scope of the alert, from one window before it began to its last change."""
    length = timedelta(milliseconds=WINDOWS[alert.window] * SLOT_MS)
    variables = {f"var-{alert.scope.kind}": alert.scope.name} if alert.scope.kind != "org" else {}
    times = {"from": str(_milliseconds(alert.since - length)), "to": str(_milliseconds(alert.at))}
    return f"{board.rstrip('/')}/d/delivery?{urlencode({**variables, **times})}"


def subject(alert: Alert) -> str:
    """What the alert is about: `checkout, Pipeline duration p95 of Build`."""
    metric = METRICS.get(alert.metric)
    title = metric.title if metric else alert.metric
    scope = {"service": "", "team": "team ", "org": ""}[alert.scope.kind] + alert.scope.name
    name = "the organisation" if alert.scope.kind == "org" else scope
    part = f" of {alert.part}" if alert.part else ""
    return f"{name}, {title}{'' if alert.absent else _STATISTICS[alert.statistic]}{part}"


def _title(alert: Alert) -> str:
    return f"{_STATES[alert.state]}: {subject(alert)} {_now(alert)}"


def _now(alert: Alert) -> str:
    limit = quantity(alert, alert.threshold)
    if alert.withdrawn:
        return "is no longer watched"
    if alert.absent and alert.state == "resolved":
        return "is measured again"
    if alert.value is None:
        return "was not measured"
    if alert.state in ("pending", "firing"):
        return f"is {quantity(alert, alert.value)}, {_BEYOND[alert.operator]} {limit}"
    return f"is {quantity(alert, alert.value)} (limit {limit})"


def _what(alert: Alert) -> str:
    if alert.withdrawn:
        return "The rule was removed, or no longer covers this."
    window = f"over the last {alert.window}"
    if alert.value is None:
        return f"Nothing was measured {window}."
    sample = f"{alert.sample_size} measured {window}"
    limit = f"{_BEYOND[alert.operator]} {quantity(alert, alert.threshold)}"
    return f"Value {quantity(alert, alert.value)}, alerts {limit}; {sample}."


def _how_long(alert: Alert) -> str:
    lasted = _milliseconds(alert.at) - _milliseconds(alert.since)
    if lasted < 1_000:
        return ""
    return f", for {duration(lasted)}" if alert.state in ("pending", "firing") else f", ended after {duration(lasted)}"


def quantity(alert: Alert, number: float) -> str:
    """A number in the unit of what the alert compares."""
    metric = METRICS.get(alert.metric)
    if alert.statistic == "sample_size" or metric is None:
        return f"{number:g}"
    return share(number) if alert.statistic == "linked_share" or metric.unit == "ratio" else duration(number)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
