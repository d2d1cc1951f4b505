"""What people are told, and what is remembered of it. Pure: the notifier's shell reads, sends and commits."""

from collections.abc import Mapping, Sequence

from schemas.alerts import Alert, alert_id
from schemas.notifications import notification_key

TOLD_STATES = frozenset({"firing", "resolved"})
REMEMBERED = 200_000
"""Messages that are remembered; of older ones a repetition by the worker would be told again."""


class Told:
    """Which changes were told, and where. Bounded: the oldest are forgotten."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._keys: dict[str, None] = {}

    def begin(self, alert: str) -> None:
        """The change is on its way to somebody."""
        self._put(alert)

    def settle(self, alert: str, destination: str) -> None:
        """The change was told to `destination`, or given up there."""
        self._put(alert)
        self._put(notification_key(alert, destination))

    def has(self, alert: str, destination: str) -> bool:
        """Whether `destination` needs to hear nothing more of the change."""
        return notification_key(alert, destination) in self._keys

    def has_begun(self, alert: str) -> bool:
        """Whether anybody was told of the change, or is being told."""
        return alert in self._keys

    def _put(self, key: str) -> None:
        self._keys.pop(key, None)
        self._keys[key] = None
        while len(self._keys) > 2 * self._most:
            del self._keys[next(iter(self._keys))]


def destinations_of(alert: Alert, routes: Mapping[str, Sequence[str]], told: Told) -> list[str]:
    """The names of the destinations that are still to be told of `alert`, none for what is not told at all.

    Told are firing and resolved, on the alert's route, outside of mute windows; and resolved only if the firing
    before it was told: nobody needs to hear the end of what they never heard of.
    """
    if alert.state not in TOLD_STATES or alert.muted or alert.route is None:
        return []
    if alert.state == "resolved" and not told.has_begun(firing_before(alert)):
        return []
    return [name for name in routes.get(alert.route, ()) if not told.has(alert.id, name)]


def firing_before(alert: Alert) -> str:
    """The id of the change before this one: a resolved one follows its firing directly."""
    return alert_id(alert.rule, alert.scope, alert.part, alert.number - 1)
