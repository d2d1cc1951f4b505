"""What the notifier remembers of each message: a record on the topic `notifications`, of each key the newest."""

from typing import Literal

from schemas.alerts import AlertState
from schemas.model import Moment, Name, Record, Text

Outcome = Literal["sent", "failed"]


class Notification(Record):
    """What became of one change of state at one destination.

    `alert` is the id of the change, `about` the key of its alert, `number` and `state` what it said. `destination` is
    its name (route, kind and number, never an address), `at` when the outcome was known (UTC). `attempts` were made
    before; `reason` says why the last one failed.
    """

    alert: Name
    about: Name
    number: int
    state: AlertState
    destination: Name
    at: Moment
    outcome: Outcome
    attempts: int
    reason: Text = ""


def notification_key(alert: str, destination: str) -> str:
    """The record's key: a change is told once to each destination."""
    return f"{alert}\x1f{destination}"
