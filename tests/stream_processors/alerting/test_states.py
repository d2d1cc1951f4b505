"""The states of an alert, as time and points move them."""

from typing import Any

import pytest

from stream_processors.alerting.alerts import LOOK_AT_MOST
from stream_processors.alerting.states import FORGET_MS
from tests.stream_processors.alerting.played import MINUTE_MS, MONDAY, START_MS, Played, minute_of, point, rule


def test_a_value_beyond_the_threshold_fires_and_one_that_is_not_resolves() -> None:
    played = Played(rule())
    played.play({0: 8, 3: 12, 5: 11, 7: 10}, until=9)
    assert played.told == [("firing", 3), ("resolved", 7)]
    firing, resolved = played.sent
    assert (firing.value, firing.threshold, firing.sample_size) == (720_000, 600_000, 20)
    assert (resolved.value, resolved.since, resolved.number) == (600_000, firing.since, firing.number + 1)


def test_with_for_an_alert_is_pending_first_and_fires_although_nothing_new_arrives() -> None:
    played = Played(rule(**{"for": "5m"}))
    played.play({2: 12}, until=10)
    assert played.told == [("pending", 2), ("firing", 7)]
    assert [minute_of(alert.since) for alert in played.sent] == [2, 2]


def test_what_ends_before_for_has_passed_never_fires() -> None:
    played = Played(rule(**{"for": "5m"}))
    played.play({2: 12, 6: 8}, until=20)
    assert played.told == [("pending", 2), ("inactive", 6)]


def test_a_firing_alert_resolves_only_at_clear_at() -> None:
    played = Played(rule(clear_at="8m"))
    played.play({0: 11, 2: 9, 4: 8, 6: 9}, until=8)
    assert played.told == [("firing", 0), ("resolved", 4)]


def test_pending_needs_the_threshold_itself() -> None:
    played = Played(rule(clear_at="8m", **{"for": "5m"}))
    played.play({0: 11, 2: 9}, until=8)
    assert played.told == [("pending", 0), ("inactive", 2)]


@pytest.mark.parametrize(
    ("operator", "value", "fires"),
    [(">", 10, False), (">=", 10, True), ("<", 10, False), ("<=", 10, True), ("<", 9, True), (">", 11, True)],
)
def test_the_operator_decides_what_is_beyond(operator: str, value: float, fires: bool) -> None:
    played = Played(rule(operator=operator))
    played.play({0: value}, until=2)
    assert bool(played.told) == fires


def test_a_point_of_too_few_subjects_changes_nothing() -> None:
    played = Played(rule(min_sample=10))
    played.take(0, point(0, 12, sample_size=9))
    assert played.tick(0) == []
    played.take(1, point(1, 12, sample_size=10))
    assert [alert.state for alert in played.tick(1)] == ["firing"]
    played.take(2, point(2, 8, sample_size=9))
    assert played.tick(2) == []


def test_a_rule_about_the_sample_size_is_not_held_back_by_min_sample() -> None:
    played = Played(rule(value="sample_size", operator="<", threshold=3, min_sample=10))
    played.take(0, point(0, 12, sample_size=2))
    assert [alert.state for alert in played.tick(0)] == ["firing"]


def test_an_alert_on_linked_subjects_goes_on_when_none_can_be_linked_any_more() -> None:
    played = Played(rule(value="linked_share", operator="<", threshold=0.8, min_sample=10))
    shares = {0: (0.0, 0), 1: (0.5, 3), 2: (0.0, 0), 3: (0.9, 9), 4: (None, 0)}
    for minute, (share, measured) in shares.items():
        played.take(minute, point(minute, None, linked_share=share, sample_size=measured))
        played.tick(minute)
    assert played.told == [("firing", 0), ("resolved", 3)]


def test_alerts_that_only_a_point_can_move_keep_no_other_waiting() -> None:
    """More pending ones than a tick looks at, whose newest points have too few subjects."""
    rules = [rule(name=f"slow-{number}", min_sample=10, **{"for": "5m"}) for number in range(LOOK_AT_MOST + 50)]
    played = Played(*rules, rule(name="fresh", part="other"))
    played.take(0, point(0, 12))
    for minute in (0, 1):
        played.tick(minute)
    played.take(2, point(2, 12, sample_size=9))
    for minute in range(2, 10):
        played.tick(minute)
    played.take(10, point(10, 12, part="other"))
    assert [(alert.rule, alert.state) for minute in (10, 11) for alert in played.tick(minute)] == [("fresh", "firing")]


def test_a_window_that_became_empty_resolves_what_fired() -> None:
    played = Played(rule())
    played.play({0: 12, 4: None}, until=5)
    assert played.told == [("firing", 0), ("resolved", 4)]
    assert (played.sent[-1].value, played.sent[-1].sample_size) == (None, 0)


def test_absence_fires_on_ticks_alone_once_the_last_point_has_nothing_left_in_its_window() -> None:
    """The point of minute 2 ends at minute 5; an hour later nothing of it is in the window."""
    played = Played(rule(absent_for="30m"))
    played.play({2: 8}, until=120)
    assert played.told == [("firing", 95)]
    [fired] = played.sent
    assert (fired.absent, fired.value, minute_of(fired.since)) == (True, None, 65)


def test_absence_counts_from_the_point_that_said_so() -> None:
    played = Played(rule(absent_for="30m"))
    played.play({0: 8, 10: None, 20: None}, until=60)
    assert played.told == [("firing", 40)]


def test_a_measurement_ends_absence_even_if_it_is_too_small_a_sample() -> None:
    played = Played(rule(absent_for="30m", min_sample=10))
    played.play({0: 8, 10: None}, until=45)
    played.take(46, point(46, 8, sample_size=1))
    [resolved] = played.tick(46)
    assert (resolved.state, resolved.absent) == ("resolved", True)


def test_a_bad_first_measurement_after_absence_fires_for_itself_with_the_next_tick() -> None:
    played = Played(rule(absent_for="30m"))
    played.play({0: 8, 10: None, 50: 12}, until=52)
    assert played.told == [("firing", 40), ("resolved", 50), ("firing", 51)]
    assert [alert.absent for alert in played.sent] == [True, True, False]


def test_a_rule_can_be_about_absence_alone() -> None:
    """As docs/alerts.md writes it: no number of subjects is below 0."""
    played = Played(rule(value="sample_size", operator="<", threshold=0, absent_for="30m"))
    played.play({0: 12}, until=100)
    assert [(alert.state, alert.absent) for alert in played.sent] == [("firing", True)]


@pytest.mark.parametrize("changes", [{"absent_for": "30m"}, {"value": "sample_size", "operator": "<", "threshold": 1}])
def test_of_what_was_never_measured_in_the_window_nobody_is_alerted(changes: dict[str, Any]) -> None:
    """An import of a history long past publishes windows that hold nothing: they raise no historic alerts."""
    played = Played(rule(**changes))
    played.play({0: None, 5: None}, until=60)
    assert played.told == []
    assert len(played.state) == 0  # type: ignore[arg-type]


def test_each_change_has_the_next_number_and_an_id_of_its_own() -> None:
    played = Played(rule())
    played.play({0: 12, 1: 8, 2: 12, 3: 8}, until=4)
    numbers = [alert.number for alert in played.sent]
    assert numbers == [START_MS // 1000 + n for n in range(4)]
    assert len({alert.id for alert in played.sent}) == 4


def test_a_tick_not_later_than_the_last_is_ignored() -> None:
    played = Played(rule(**{"for": "5m"}))
    played.take(0, point(0, 12))
    played.tick(0)
    assert played.tick(6)
    assert played.tick(6) == []
    played.take(7, point(7, 8))
    assert played.tick(5) == []
    assert played.alerts.dirty == 1


def test_old_points_that_come_in_after_a_time_without_a_worker_raise_no_historic_alerts() -> None:
    played = Played(rule())
    for minute in range(100):
        played.take(minute, point(minute, 12 if minute < 99 else 8))
        if minute % 10 == 0:
            assert played.tick(200 + minute / 60) == []
    assert played.alerts.dirty > 0
    played.tick(203)
    played.tick(204)
    assert played.told == []
    assert played.alerts.dirty == 0


def test_after_an_assignment_an_alert_waits_for_its_first_new_point_or_a_minute() -> None:
    before = Played(rule(**{"for": "5m"}))
    before.play({0: 12}, until=1)
    after = Played(rule(**{"for": "5m"}), state=before.state)
    assert after.tick(30) == [], "a point of half an hour ago says nothing of now"
    after.take(30.1, point(30.1, 8), version=99)
    assert [alert.state for alert in after.tick(30.2)] == ["inactive"]
    lonely = Played(rule(**{"for": "5m"}), state=before.state)
    lonely.tick(40)
    assert lonely.tick(41) == []


def test_an_alert_of_a_rule_that_was_removed_is_withdrawn_and_forgotten() -> None:
    played = Played(rule())
    played.play({0: 12}, until=1)
    after = Played(rule(name="another"), state=played.state)
    [ending] = after.tick(2) or after.tick(3)
    assert (ending.rule, ending.state, ending.withdrawn, ending.value) == ("slow", "resolved", True, None)
    assert ending.number == played.sent[-1].number + 1
    assert len(after.state) == 0  # type: ignore[arg-type]


def test_a_rule_that_was_given_another_metric_begins_anew_and_repeats_no_id() -> None:
    played = Played(rule())
    played.play({0: 12}, until=1)
    after = Played(rule(window="24h"), state=played.state)
    after.take(2, point(2, 12, window="24h"), version=50)
    after.tick(2)
    after.tick(3)
    assert sorted((alert.state, alert.withdrawn) for alert in after.sent) == [("firing", False), ("resolved", True)]
    assert len({alert.id for alert in played.sent + after.sent}) == 3


def test_a_quiet_alert_of_a_rule_that_was_removed_is_forgotten_without_a_word() -> None:
    played = Played(rule())
    played.play({0: 8}, until=1)
    after = Played(state=played.state)
    assert after.tick(2) == after.tick(3) == []
    assert len(after.state) == 0  # type: ignore[arg-type]


def test_what_was_not_measured_for_ninety_days_is_forgotten_and_repeats_no_id_when_it_comes_back() -> None:
    played = Played(rule(absent_for="1d"))
    played.play({0: 8, 1: None}, until=2)
    day = 1_440
    played.tick(2 * day)
    later = FORGET_MS / MINUTE_MS + 10
    for second in range(3):
        played.tick(later + second / 60)
    assert [(alert.state, alert.withdrawn) for alert in played.sent] == [("firing", False), ("resolved", True)]
    assert len(played.state) == 0  # type: ignore[arg-type]
    played.take(later + 1, point(later + 1, 12))
    played.tick(later + 1)
    assert len({alert.id for alert in played.sent}) == 3


def test_the_time_of_the_first_change_is_in_no_clock_but_the_ticks() -> None:
    played = Played(rule())
    played.play({0: 12}, until=0)
    assert played.sent[0].at == MONDAY
