"""Roll: every window equals its recomputation, whatever came when, how often, and where it crashed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.metrics import SLOT_MS, WINDOWS, MetricPoint
from stream_processors.histogram import quantile
from stream_processors.roll import Emission, Roll
from stream_processors.rollup import Members
from tests.stream_processors.memory_state import Crash, MemoryState
from tests.stream_processors.rolling import (
    DRAWN,
    MINUTE,
    MINUTE_MS,
    NOW,
    NOW_MS,
    Teams,
    end_ms,
    observations_of,
    observed,
    points_of,
    recomputed,
    rolled,
)


def _tick(roll: Roll, state: MemoryState, now_ms: int) -> Emission:
    """A tick, and the marks that the agent writes after it."""
    emission = roll.tick(now_ms)
    for key, value in emission.marks:
        state.put(key, value)
    return emission


def test_a_window_ends_on_the_grid_and_includes_the_running_slot() -> None:
    point = rolled([observed("a", timedelta(0))])["ledger", "1h"]
    assert point.window_end == NOW.replace(minute=5)
    assert point.sample_size == 1


def test_a_window_without_data_is_none_and_not_zero() -> None:
    point = rolled([observed("a", timedelta(hours=3))])["ledger", "1h"]
    assert (point.value, point.p95, point.numerator, point.linked_share, point.sample_size) == (None,) * 4 + (0,)


def test_a_duration_with_a_budget_tells_how_many_kept_it() -> None:
    values = [599_999, 600_000, 600_001]
    point = rolled([observed(str(value), MINUTE, value) for value in values])["ledger", "24h"]
    assert (point.numerator, point.denominator) == (2, 3)


def test_a_rate_is_numerator_over_denominator() -> None:
    passed = [observed(str(n), MINUTE, int(n < 3), metric="gate_pass_rate") for n in range(4)]
    point = rolled(passed)["ledger", "24h"]
    assert (point.value, point.numerator, point.denominator, point.p50) == (0.75, 3, 4, None)


def test_an_unlinked_subject_counts_in_the_linked_share_only() -> None:
    unlinked = observed("b", MINUTE, 0, weight=0, linked=False)
    point = rolled([observed("a", MINUTE), unlinked])["ledger", "24h"]
    assert (point.sample_size, point.linked_share) == (1, 0.5)


def test_a_correction_replaces_and_a_retraction_takes_out() -> None:
    point = rolled([observed("a", MINUTE, 10_000), observed("a", timedelta(hours=2), 20_000)])["ledger", "24h"]
    assert (point.value, point.sample_size) == (20_000, 1)
    point = rolled([observed("a", MINUTE), observed("a", MINUTE, None)])["ledger", "24h"]
    assert (point.value, point.sample_size) == (None, 0)


def test_what_is_unchanged_is_not_published_again_although_the_clock_moves() -> None:
    state = MemoryState()
    roll = Roll(state, Teams())
    roll.take(observed("a", timedelta(0)), 0, NOW_MS)
    assert _tick(roll, state, NOW_MS).points
    assert not _tick(roll, state, NOW_MS + 1_000).points
    assert not _tick(roll, state, NOW_MS + SLOT_MS).points


def test_a_slot_that_leaves_a_window_is_published() -> None:
    roll = Roll(MemoryState(), Teams())
    roll.take(observed("a", timedelta(0)), 0, NOW_MS)
    roll.tick(NOW_MS)
    points = points_of(roll.tick(NOW_MS + 12 * SLOT_MS))
    assert points["ledger", "1h"].sample_size == 0
    assert points["ledger", "24h"].sample_size == 1


def test_an_observation_of_the_future_waits_until_its_window_reaches_it() -> None:
    roll = Roll(MemoryState(), Teams())
    roll.take(observed("a", -timedelta(hours=1)), 0, NOW_MS)
    assert points_of(roll.tick(NOW_MS))["ledger", "90d"].sample_size == 0
    assert points_of(roll.tick(NOW_MS + 3_600_000))["ledger", "1h"].sample_size == 1


def test_an_observation_older_than_the_longest_window_is_not_counted() -> None:
    assert rolled([observed("a", timedelta(days=91))]) == {}


@pytest.mark.faults(21)
def test_after_a_clock_stepped_back_an_hour_windows_stand_still_and_what_changes_is_told() -> None:
    roll, members = Roll(MemoryState(), Teams()), Members(MemoryState())
    roll.tick(NOW_MS)
    roll.take(observed("a", MINUTE), 0, NOW_MS)
    emission = roll.tick(NOW_MS - 3_600_000)
    (series,) = emission.points
    assert {point.window_end for point in series} == {points.window_end for points in _rolled_points()}
    assert {point.sample_size for point in series} == {1}
    members.take(emission.rollups[0])
    assert members.tick().points


def _rolled_points() -> Iterable[MetricPoint]:
    """What a clock that goes on says of the same."""
    return rolled([observed("a", MINUTE)]).values()


def test_what_left_every_window_is_swept() -> None:
    state = MemoryState()
    roll = Roll(state, Teams())
    roll.take(observed("a", timedelta(0)), 0, NOW_MS)
    later = NOW_MS + 91 * 86_400_000
    for second in range(3):
        roll.tick(later + second * 1_000)
    assert [key for key in state if not key.startswith(b"team")] == []


def test_a_service_that_changes_teams_leaves_the_old_one_empty() -> None:
    state = MemoryState()
    roll = Roll(state, Teams())
    roll.take(observed("a", MINUTE), 0, NOW_MS)
    first = _tick(roll, state, NOW_MS)
    moved = _tick(roll, state, NOW_MS + 3_600_000)
    assert [rollup.scope.name for rollup in first.rollups] == ["old"]
    counts = {rollup.scope.name: rollup.windows["24h"].count for rollup in moved.rollups}
    assert counts == {"old": 0, "new": 1}


def test_a_team_that_is_corrected_at_once_is_not_counted_twice() -> None:
    """The catalog is corrected and the worker starts anew before the windows have moved."""

    class Corrected:
        def team_of(self, service: str, at: datetime) -> str:
            return "right"

    state = MemoryState()
    roll = Roll(state, Teams())
    _tick(roll, state, NOW_MS)
    roll.take(observed("a", MINUTE), 0, NOW_MS)
    assert [one.scope.name for one in _tick(roll, state, NOW_MS + 1_000).rollups] == ["old"]
    moved = _tick(Roll(state, Corrected()), state, NOW_MS + 60_000)
    assert {one.scope.name: one.windows["24h"].count for one in moved.rollups} == {"old": 0, "right": 1}


def _summary(points: dict[tuple[str, str], MetricPoint]) -> dict[str, tuple[int | None, int | None, int]]:
    found: dict[str, tuple[int | None, int | None, int]] = {
        window: (point.p50, point.p95, point.sample_size) for (_, window), point in points.items()
    }
    return found or dict.fromkeys(WINDOWS, (None, None, 0))


@given(DRAWN, st.integers(0, 3 * 24 * 60))
@settings(max_examples=150, deadline=None)
def test_every_window_equals_its_recomputation_at_any_later_time(
    drawn: list[tuple[int, int | None, int, bool]], minutes: int
) -> None:
    observations = observations_of(drawn)
    roll = Roll(MemoryState(), Teams())
    points: dict[tuple[str, str], MetricPoint] = {}
    for offset, one in enumerate(observations):
        roll.take(one, offset, NOW_MS)
        points |= points_of(roll.tick(NOW_MS + offset * 1_000))
    for minute in range(0, minutes, max(1, minutes // 50)):
        points |= points_of(roll.tick(NOW_MS + 60_000 + minute * 60_000))
    end = max((point.window_end for point in points.values()), default=NOW)
    assert _summary(points) == recomputed(observations, max(round(end.timestamp() * 1000), end_ms(NOW_MS)))


@given(DRAWN, st.randoms(use_true_random=False), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_a_crash_between_two_writes_changes_no_window(
    drawn: list[tuple[int, int | None, int, bool]], random: Random, writes: int
) -> None:
    """Whatever had been written stays; all that was not committed is applied again, in order, by a new process."""
    observations = observations_of(drawn)
    state = MemoryState()
    state.writes_left = writes
    roll, committed, offset = Roll(state, Teams()), 0, 0
    while offset < len(observations):
        if random.random() < 0.2:
            committed = offset
        try:
            if random.random() < 0.3:
                roll.tick(NOW_MS)
            roll.take(observations[offset], offset, NOW_MS)
        except Crash:  # the process starts again, over what was written
            state.writes_left = None
            roll, offset = Roll(state, Teams()), committed
            if random.random() < 0.5:
                roll.tick(NOW_MS)
            continue
        offset += 1
    state.writes_left = None
    fresh = _summary(points_of(Roll(state, Teams()).tick(NOW_MS + 1_000)))
    assert fresh == recomputed(observations, end_ms(NOW_MS))
    windows = roll._windows
    roll.tick(NOW_MS + 1_000)
    if windows is not None and windows.series:
        (series,) = windows.series.values()
        cached = {
            window: (quantile(s.histogram, 0.5), quantile(s.histogram, 0.95), s.weight)
            for window, s in series.windows.items()
        }
        assert cached == recomputed(observations, end_ms(NOW_MS))


def test_what_left_every_window_is_forgotten_while_others_go_on() -> None:
    state = MemoryState()
    roll = Roll(state, Teams())
    for subject in range(200):
        roll.take(observed(str(subject), subject * MINUTE, service="checkout"), subject, NOW_MS)
    later = NOW_MS + 100 * 24 * 60 * MINUTE_MS
    roll.tick(later)
    busy = observed("b", MINUTE).model_copy(update={"at": NOW + timedelta(days=100)})
    for second in range(1, 60):
        roll.take(busy.model_copy(update={"value": second}), 1_000 + second, later)
        roll.tick(later + second * 1_000)
    assert [key for key, _ in state.scan(b"hour") if key.startswith(b"hour") and b"checkout" in key] == []
    assert len([key for key, _ in state.scan(b"id") if key.startswith(b"id")]) == 1
