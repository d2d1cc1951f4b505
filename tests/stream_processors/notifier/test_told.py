"""What is told of a change, and what is remembered of it."""

from typing import Any

from schemas.alerts import Alert, alert_key
from schemas.notifications import Notification
from stream_processors.notify import Told, destinations_of
from tests.stream_processors.notifier.changes import BEGAN, FIRING, PENDING, RESOLVED, change

ROUTES = {"oncall": ["oncall/slack-1", "oncall/alertmanager-1"], "others": ["others/json-1"]}
ALL = ROUTES["oncall"]


def told_of(alert: Alert, told: Told | None = None) -> list[str]:
    return destinations_of(alert, ROUTES, told or Told())


def settled(alert: Alert, destination: str = "oncall/slack-1") -> Notification:
    key = alert_key(alert.rule, alert.scope, alert.part)
    values: dict[str, Any] = {"alert": alert.id, "about": key, "number": alert.number, "state": alert.state}
    return Notification(**values, destination=destination, at=BEGAN, outcome="sent", attempts=1)


def test_firing_goes_to_every_destination_of_its_route() -> None:
    assert told_of(change(FIRING)) == ALL


def test_pending_inactive_muted_and_routeless_changes_go_to_nobody() -> None:
    assert told_of(change(PENDING)) == []
    assert told_of(change(RESOLVED, state="inactive")) == []
    assert told_of(change(FIRING, muted=True)) == []
    assert told_of(change(FIRING, route=None)) == []
    assert told_of(change(FIRING, route="unknown")) == []


def test_a_destination_that_was_told_is_not_told_again() -> None:
    told = Told()
    told.settle(settled(change(FIRING)))
    assert told_of(change(FIRING), told) == ["oncall/alertmanager-1"]


def test_the_end_is_told_where_the_beginning_was() -> None:
    told = Told()
    told.begin(change(FIRING))
    assert told_of(change(RESOLVED), told) == ALL
    assert told_of(change(RESOLVED, service="other"), told) == ALL, "nothing is known of it"


def test_the_end_is_not_told_where_the_beginning_was_held_back() -> None:
    told = Told()
    told.hold(change(FIRING, muted=True))
    assert told_of(change(RESOLVED), told) == []
    assert told_of(change(RESOLVED, service="other"), told) == ALL


def test_an_end_that_a_mute_window_held_back_is_told_at_its_end() -> None:
    told = Told()
    told.begin(change(2))
    assert told_of(change(3, state="resolved", muted=True), told) == []
    assert told_of(change(6, state="resolved"), told) == ALL


def test_an_end_is_told_once_even_if_alerts_between_were_held_back() -> None:
    told = Told()
    told.begin(change(2))
    told.begin(change(3))
    told.hold(change(5, muted=True))
    assert told_of(change(6, state="resolved"), told) == []


def test_an_end_that_only_some_were_told_of_is_told_to_the_others_whatever_came_later() -> None:
    told = Told()
    for one in (change(2), change(3), change(5), change(6, state="resolved")):
        told.settle(settled(one))
    assert told_of(change(3), told) == ["oncall/alertmanager-1"]


def test_what_is_remembered_is_bounded() -> None:
    told = Told(most=2)
    for number in (10, 20, 30):
        told.settle(settled(change(number)))
    assert not told.has(change(10).id, "oncall/slack-1")
    assert told.has(change(30).id, "oncall/slack-1")
