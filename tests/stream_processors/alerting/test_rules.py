"""Which rules a point concerns."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.metrics import Scope
from stream_processors.alerting.rules import Rules
from tests.stream_processors.alerting.played import MONDAY, Played, Teams, point, rule


@pytest.mark.parametrize(
    ("scope", "kind", "name", "concerned"),
    [
        ({"service": "checkout"}, "service", "checkout", True),
        ({"service": "checkout"}, "service", "ledger", False),
        ({"service": "checkout"}, "team", "checkout", False),
        ({"team": "payments"}, "team", "payments", True),
        ({"team": "payments"}, "service", "checkout", False),
        ({"org": True}, "org", "org", True),
        ({"org": True}, "team", "payments", False),
        ({"each": "service"}, "service", "anything", True),
        ({"each": "service"}, "team", "payments", False),
        ({"each": "team"}, "team", "growth", True),
        ({"each": "service", "team": "payments"}, "service", "checkout", True),
        ({"each": "service", "team": "payments"}, "service", "storefront", False),
    ],
)
def test_a_rule_watches_its_scope(scope: dict[str, Any], kind: str, name: str, concerned: bool) -> None:
    rules = Rules([rule(scope=scope)], Teams())
    about = point(0, 8, scope=Scope.model_validate({"kind": kind, "name": name}))
    assert bool(list(rules.concerned(about, MONDAY))) == concerned


@pytest.mark.parametrize(
    ("part", "of_point", "concerned"),
    [("", "", True), ("", "Build", False), ("Build", "Build", True), ("*", "Build", True), ("*", "", False)],
)
def test_a_rule_watches_its_part(part: str, of_point: str, concerned: bool) -> None:
    rules = Rules([rule(part=part)], Teams())
    assert bool(list(rules.concerned(point(0, 8, part=of_point), MONDAY))) == concerned


def test_a_rule_watches_its_metric_and_window_only() -> None:
    rules = Rules([rule()], Teams())
    assert not list(rules.concerned(point(0, 8, window="24h"), MONDAY))
    assert not list(rules.concerned(point(0, 8, metric="cycle_time"), MONDAY))


def test_each_part_is_an_alert_of_its_own() -> None:
    played = Played(rule(part="*"))
    played.take(0, point(0, 12, part="Build"))
    played.take(0, point(0, 12, part="Deploy"))
    assert {alert.part for alert in played.tick(0)} == {"Build", "Deploy"}


def test_a_service_that_leaves_the_team_takes_its_alert_back() -> None:
    """ledger is of growth on Monday and of payments from Tuesday on."""
    ledger = Scope(kind="service", name="ledger")
    played = Played(rule(scope={"each": "service", "team": "growth"}))
    played.take(0, point(0, 12, scope=ledger))
    assert [alert.state for alert in played.tick(0)] == ["firing"]
    tuesday = timedelta(days=1) / timedelta(minutes=1)
    ended = played.tick(tuesday + 1) or played.tick(tuesday + 2)
    assert [(alert.state, alert.withdrawn) for alert in ended] == [("resolved", True)]
