"""Alerts as they travel: one record for each change of an alert's state."""

from typing import Literal

from schemas.alert_rules import PointValue, Severity
from schemas.metrics import Scope, WindowName
from schemas.model import Moment, Name, Record, Text, identity

AlertState = Literal["pending", "firing", "resolved", "inactive"]
"""Inactive: pending, and over before it fired. Nobody is told of pending and inactive."""


class Alert(Record):
    """A change of state of one rule for one scope and part.

    `id` is made of rule, scope, part and `number`, which rises by one with each change: the same change has the same
    id however often it is sent. It starts from the epoch second of the first change, so that an alert that was
    forgotten and comes back repeats no id. `since` is when the condition began (UTC), `at` when the state changed.
    `value` is the number that changed it (None where nothing was measured), in the metric's unit, `statistic` which
    number of the point it is; `sample_size` how many subjects it rests on. `absent` is true where nothing was measured
    for too long: it fires without a value, and is resolved by the next measurement. `withdrawn` is true where the rule
    no longer watches: what it had told is taken back. `muted` is true while a mute window holds the message back.
    """

    id: Name
    rule: Name
    number: int
    state: AlertState
    scope: Scope
    metric: Name
    part: Text
    window: WindowName
    statistic: PointValue = "value"
    value: float | None
    threshold: float
    operator: Name
    sample_size: int
    since: Moment
    at: Moment
    severity: Severity
    route: Name | None = None
    absent: bool = False
    withdrawn: bool = False
    muted: bool = False
    summary: Text = ""


def alert_key(rule: str, scope: Scope, part: str) -> str:
    """What one alert is about: the key of its records and of its state."""
    return f"{rule}\x1f{scope.kind}\x1f{scope.name}\x1f{part}"


def alert_id(rule: str, scope: Scope, part: str, number: int) -> str:
    """The id of a change of state: uuid5 of rule, scope, part and its running number."""
    return str(identity("alert", rule, scope.kind, scope.name, part, number))
