"""What people are told, and what is remembered of it. Pure: the notifier's shell reads, sends and commits."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from schemas.alerts import Alert, AlertState, alert_key
from schemas.notifications import Notification, notification_key

TOLD_STATES = frozenset({"firing", "resolved"})
REMEMBERED = 200_000
"""Messages that are remembered; of older ones a repetition by the worker would be told again."""
ALERTS_REMEMBERED = 50_000
CHANGES_REMEMBERED = 100
"""Of each alert, the changes last told."""

K = TypeVar("K")
V = TypeVar("V")


class Told:
    """Which changes were told, and where. Bounded: the oldest are forgotten."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._keys: dict[str, None] = {}
        self._changes: dict[str, dict[int, AlertState]] = {}
        self._held: dict[str, int] = {}

    def begin(self, alert: Alert) -> None:
        """The change is on its way to somebody."""
        self._note(_key(alert), alert.number, alert.state)

    def hold(self, alert: Alert) -> None:
        """The change is told to nobody: it was muted, or has no route."""
        if alert.state == "firing":
            _put(self._held, _key(alert), alert.number, ALERTS_REMEMBERED)

    def settle(self, notification: Notification) -> None:
        """The change was told to a destination, or given up there."""
        self._note(notification.about, notification.number, notification.state)
        _put(self._keys, notification_key(notification.alert, notification.destination), None, self._most)

    def has(self, alert: str, destination: str) -> bool:
        """Whether `destination` needs to hear nothing more of the change."""
        return notification_key(alert, destination) in self._keys

    def is_awaited(self, resolved: Alert) -> bool:
        """Whether the end of an alert is news: what was told of it last is that it fires.

        Where nothing is remembered of it, the end is told, unless its beginning was held back.
        """
        key = _key(resolved)
        before = [number for number in self._changes.get(key, ()) if number < resolved.number]
        if before:
            return self._changes[key][max(before)] == "firing"
        return not self._held.get(key, resolved.number) < resolved.number

    def _note(self, key: str, number: int, state: AlertState) -> None:
        changes = self._changes.pop(key, {})
        _put(changes, number, state, CHANGES_REMEMBERED)
        _put(self._changes, key, changes, ALERTS_REMEMBERED)


def destinations_of(alert: Alert, routes: Mapping[str, Sequence[str]], told: Told) -> list[str]:
    """The names of the destinations that are still to be told of `alert`, none for what is not told at all.

    Told are firing and resolved, on the alert's route, outside of mute windows; and resolved only if people were told
    that it fires: nobody needs to hear the end of what they never heard of.
    """
    if alert.state not in TOLD_STATES or alert.muted or alert.route is None:
        return []
    if alert.state == "resolved" and not told.is_awaited(alert):
        return []
    return [name for name in routes.get(alert.route, ()) if not told.has(alert.id, name)]


def _key(alert: Alert) -> str:
    return alert_key(alert.rule, alert.scope, alert.part)


def _put(known: dict[K, V], key: K, value: V, most: int) -> None:
    """Makes `key` the newest entry, and forgets the oldest beyond `most`."""
    known.pop(key, None)
    known[key] = value
    while len(known) > most:
        del known[next(iter(known))]
