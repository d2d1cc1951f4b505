"""Mute windows: the state goes on, the message is held, and what still holds at the window's end is told then."""

from datetime import UTC, datetime

import pytest

from schemas.alert_rules import MuteWindow
from stream_processors.alerting.muting import muted_until
from tests.stream_processors.alerting.played import Played, rule


def _window(**values: object) -> MuteWindow:
    return MuteWindow.model_validate(values)


@pytest.mark.parametrize(
    ("window", "at", "until"),
    [
        ({"start": "22:00", "end": "06:00"}, "2026-11-23T23:00", "2026-11-24T06:00"),
        ({"start": "22:00", "end": "06:00"}, "2026-11-24T05:59", "2026-11-24T06:00"),
        ({"start": "22:00", "end": "06:00"}, "2026-11-24T06:00", None),
        ({"start": "22:00", "end": "06:00", "days": ["mon"]}, "2026-11-24T23:00", None),
        ({"start": "22:00", "end": "06:00", "days": ["mon"]}, "2026-11-24T01:00", "2026-11-24T06:00"),
        ({"days": ["sat", "sun"]}, "2026-11-28T12:00", "2026-11-29T00:00"),
        ({"days": ["sat", "sun"]}, "2026-11-27T12:00", None),
        ({"start": "09:00", "end": "10:00", "time_zone": "Asia/Tokyo"}, "2026-11-23T00:30", "2026-11-23T01:00"),
        # The night in which Amsterdam's clocks go back has an hour more.
        ({"end": "06:00", "time_zone": "Europe/Amsterdam"}, "2026-10-25T04:30", "2026-10-25T05:00"),
        ({"end": "06:00", "time_zone": "Europe/Amsterdam"}, "2026-10-24T04:30", None),
    ],
)
def test_a_window_mutes_on_its_days_and_in_its_time_zone(window: dict[str, object], at: str, until: str | None) -> None:
    expected = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)
    assert muted_until([_window(**window)], datetime.fromisoformat(at).replace(tzinfo=UTC)) == expected


def test_yaml_reads_an_unquoted_time_as_a_number_to_base_60() -> None:
    assert (_window(start=1_320, end=6 * 60).start.hour, _window(start=1_320, end=360).end.hour) == (22, 6)


_TEN_TO_TWENTY = {"start": "00:10", "end": "00:20"}


def test_what_fires_and_resolves_within_the_window_is_never_told() -> None:
    played = Played(rule(mute=[_TEN_TO_TWENTY]))
    played.play({12: 12, 15: 8}, until=30)
    assert played.told == [("firing", 12), ("resolved", 15)]
    assert all(alert.muted for alert in played.sent)


def test_what_still_fires_at_the_end_of_the_window_is_told_then() -> None:
    played = Played(rule(mute=[_TEN_TO_TWENTY]))
    played.play({12: 12}, until=30)
    assert [(alert.state, alert.muted) for alert in played.sent] == [("firing", True), ("firing", False)]
    assert played.told == [("firing", 12), ("firing", 20)]
    assert played.sent[0].since == played.sent[1].since
    assert played.sent[0].id != played.sent[1].id


def test_what_was_told_before_the_window_and_ends_in_it_is_told_to_have_ended_after_it() -> None:
    played = Played(rule(mute=[_TEN_TO_TWENTY]))
    played.play({5: 12, 15: 8}, until=30)
    told = [(alert.state, alert.muted) for alert in played.sent]
    assert told == [("firing", False), ("resolved", True), ("resolved", False)]
    assert played.told[-1] == ("resolved", 20)


def test_what_was_told_and_fires_again_at_the_end_is_not_told_twice() -> None:
    played = Played(rule(mute=[_TEN_TO_TWENTY]))
    played.play({5: 12, 12: 8, 15: 12}, until=30)
    assert [alert.muted for alert in played.sent] == [False, True, True]
