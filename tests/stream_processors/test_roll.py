"""Roll and roll-up: every window equals its recomputation, whatever came when, how often, and where it crashed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.metrics import SLOT_MS, WINDOWS, MetricPoint, Rollup
from schemas.observations import Observation, observation_id
from stream_processors.histogram import BOUNDS, bucket_of, quantile
from stream_processors.roll import Emission, Roll
from stream_processors.rollup import Members
from tests.stream_processors.memory_state import Crash, MemoryState

# longer: roll and roll-up are held against one recomputation

NOW = datetime(2026, 3, 20, 12, 2, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
MINUTE = timedelta(minutes=1)
MINUTE_MS = 60_000


class _Teams:
    """`ledger` moves from `old` to `new` at 13:00."""

    def team_of(self, service: str, at: datetime) -> str:
        return "new" if service == "ledger" and at >= NOW.replace(hour=13, minute=0) else "old"


def _observed(
    subject: str,
    ago: timedelta,
    value: int | None = 60_000,
    service: str = "ledger",
    metric: str = "pipeline_duration",
    weight: int = 1,
    linked: bool = True,
) -> Observation:
    return Observation(
        id=observation_id(metric, "ci", service, subject),
        metric=metric,
        part="ci",
        service=service,
        subject=subject,
        at=NOW - ago,
        value=value,
        weight=weight,
        linked=linked,
    )


def _points(emission: Emission) -> dict[tuple[str, str], MetricPoint]:
    return {(point.scope.name, point.window): point for points in emission.points for point in points}


def _rolled(observations: Iterable[Observation], now_ms: int = NOW_MS) -> dict[tuple[str, str], MetricPoint]:
    return _points(_emitted(observations, now_ms))


def _rollups(observations: Iterable[Observation]) -> list[Rollup]:
    """What a service says of itself after them."""
    return _emitted(observations, NOW_MS).rollups


def _emitted(observations: Iterable[Observation], now_ms: int) -> Emission:
    roll = Roll(MemoryState(), _Teams())
    for offset, one in enumerate(observations):
        roll.take(one, offset, NOW_MS)
    return roll.tick(now_ms)


def _recomputed(observations: Iterable[Observation], end_ms: int) -> dict[str, tuple[int | None, int | None, int]]:
    """window → (p50, p95, sample size) from the last word on each subject, by sorting."""
    last = {one.id: one for one in observations}
    windows: dict[str, tuple[int | None, int | None, int]] = {}
    for window, length in WINDOWS.items():
        values = sorted(
            BOUNDS[bucket_of(one.value)]
            for one in last.values()
            if one.value is not None
            and one.weight
            and end_ms - length * SLOT_MS <= round(one.at.timestamp() * 1000) < end_ms
        )
        ranks = [values[ceil(q * len(values)) - 1] if values else None for q in (0.5, 0.95)]
        windows[window] = (ranks[0], ranks[1], len(values))
    return windows


def _tick(roll: Roll, state: MemoryState, now_ms: int) -> Emission:
    """A tick, and the marks that the agent writes after it."""
    emission = roll.tick(now_ms)
    for key, value in emission.marks:
        state.put(key, value)
    return emission


def _end_ms(now_ms: int) -> int:
    return (now_ms // SLOT_MS + 1) * SLOT_MS


def test_a_window_ends_on_the_grid_and_includes_the_running_slot() -> None:
    point = _rolled([_observed("a", timedelta(0))])["ledger", "1h"]
    assert point.window_end == NOW.replace(minute=5)
    assert point.sample_size == 1


def test_a_window_without_data_is_none_and_not_zero() -> None:
    point = _rolled([_observed("a", timedelta(hours=3))])["ledger", "1h"]
    assert (point.value, point.p95, point.numerator, point.linked_share, point.sample_size) == (None,) * 4 + (0,)


def test_a_duration_with_a_budget_tells_how_many_kept_it() -> None:
    values = [599_999, 600_000, 600_001]
    point = _rolled([_observed(str(value), MINUTE, value) for value in values])["ledger", "24h"]
    assert (point.numerator, point.denominator) == (2, 3)


def test_a_rate_is_numerator_over_denominator() -> None:
    passed = [_observed(str(n), MINUTE, int(n < 3), metric="gate_pass_rate") for n in range(4)]
    point = _rolled(passed)["ledger", "24h"]
    assert (point.value, point.numerator, point.denominator, point.p50) == (0.75, 3, 4, None)


def test_an_unlinked_subject_counts_in_the_linked_share_only() -> None:
    unlinked = _observed("b", MINUTE, 0, weight=0, linked=False)
    point = _rolled([_observed("a", MINUTE), unlinked])["ledger", "24h"]
    assert (point.sample_size, point.linked_share) == (1, 0.5)


def test_a_correction_replaces_and_a_retraction_takes_out() -> None:
    point = _rolled([_observed("a", MINUTE, 10_000), _observed("a", timedelta(hours=2), 20_000)])["ledger", "24h"]
    assert (point.value, point.sample_size) == (20_000, 1)
    point = _rolled([_observed("a", MINUTE), _observed("a", MINUTE, None)])["ledger", "24h"]
    assert (point.value, point.sample_size) == (None, 0)


def test_what_is_unchanged_is_not_published_again_although_the_clock_moves() -> None:
    state = MemoryState()
    roll = Roll(state, _Teams())
    roll.take(_observed("a", timedelta(0)), 0, NOW_MS)
    assert _tick(roll, state, NOW_MS).points
    assert not _tick(roll, state, NOW_MS + 1_000).points
    assert not _tick(roll, state, NOW_MS + SLOT_MS).points


def test_a_slot_that_leaves_a_window_is_published() -> None:
    roll = Roll(MemoryState(), _Teams())
    roll.take(_observed("a", timedelta(0)), 0, NOW_MS)
    roll.tick(NOW_MS)
    points = _points(roll.tick(NOW_MS + 12 * SLOT_MS))
    assert points["ledger", "1h"].sample_size == 0
    assert points["ledger", "24h"].sample_size == 1


def test_an_observation_of_the_future_waits_until_its_window_reaches_it() -> None:
    roll = Roll(MemoryState(), _Teams())
    roll.take(_observed("a", -timedelta(hours=1)), 0, NOW_MS)
    assert _points(roll.tick(NOW_MS))["ledger", "90d"].sample_size == 0
    assert _points(roll.tick(NOW_MS + 3_600_000))["ledger", "1h"].sample_size == 1


def test_an_observation_older_than_the_longest_window_is_not_counted() -> None:
    assert _rolled([_observed("a", timedelta(days=91))]) == {}


@pytest.mark.faults(21)
def test_after_a_clock_stepped_back_an_hour_windows_stand_still_and_what_changes_is_told() -> None:
    roll, members = Roll(MemoryState(), _Teams()), Members(MemoryState())
    roll.tick(NOW_MS)
    roll.take(_observed("a", MINUTE), 0, NOW_MS)
    emission = roll.tick(NOW_MS - 3_600_000)
    (series,) = emission.points
    assert {point.window_end for point in series} == {points.window_end for points in _rolled_points()}
    assert {point.sample_size for point in series} == {1}
    members.take(emission.rollups[0])
    assert members.tick().points


def _rolled_points() -> Iterable[MetricPoint]:
    """What a clock that goes on says of the same."""
    return _rolled([_observed("a", MINUTE)]).values()


def test_what_left_every_window_is_swept() -> None:
    state = MemoryState()
    roll = Roll(state, _Teams())
    roll.take(_observed("a", timedelta(0)), 0, NOW_MS)
    later = NOW_MS + 91 * 86_400_000
    for second in range(3):
        roll.tick(later + second * 1_000)
    assert [key for key in state if not key.startswith(b"team")] == []


def test_a_service_that_changes_teams_leaves_the_old_one_empty() -> None:
    state = MemoryState()
    roll = Roll(state, _Teams())
    roll.take(_observed("a", MINUTE), 0, NOW_MS)
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
    roll = Roll(state, _Teams())
    _tick(roll, state, NOW_MS)
    roll.take(_observed("a", MINUTE), 0, NOW_MS)
    assert [one.scope.name for one in _tick(roll, state, NOW_MS + 1_000).rollups] == ["old"]
    moved = _tick(Roll(state, Corrected()), state, NOW_MS + 60_000)
    assert {one.scope.name: one.windows["24h"].count for one in moved.rollups} == {"old": 0, "right": 1}


_events = st.lists(
    st.tuples(
        st.integers(0, 8),
        st.one_of(st.none(), st.integers(0, 2_000_000)),
        st.integers(-90, 60 * 24 * 95),
        st.booleans(),
    ),
    max_size=25,
)


def _observations(drawn: list[tuple[int, int | None, int, bool]]) -> list[Observation]:
    return [
        _observed(str(subject), minutes * MINUTE, value, weight=int(weighed))
        for subject, value, minutes, weighed in drawn
    ]


def _summary(points: dict[tuple[str, str], MetricPoint]) -> dict[str, tuple[int | None, int | None, int]]:
    found: dict[str, tuple[int | None, int | None, int]] = {
        window: (point.p50, point.p95, point.sample_size) for (_, window), point in points.items()
    }
    return found or dict.fromkeys(WINDOWS, (None, None, 0))


@given(_events, st.integers(0, 3 * 24 * 60))
@settings(max_examples=150, deadline=None)
def test_every_window_equals_its_recomputation_at_any_later_time(
    drawn: list[tuple[int, int | None, int, bool]], minutes: int
) -> None:
    observations = _observations(drawn)
    roll = Roll(MemoryState(), _Teams())
    points: dict[tuple[str, str], MetricPoint] = {}
    for offset, one in enumerate(observations):
        roll.take(one, offset, NOW_MS)
        points |= _points(roll.tick(NOW_MS + offset * 1_000))
    for minute in range(0, minutes, max(1, minutes // 50)):
        points |= _points(roll.tick(NOW_MS + 60_000 + minute * 60_000))
    end = max((point.window_end for point in points.values()), default=NOW)
    assert _summary(points) == _recomputed(observations, max(round(end.timestamp() * 1000), _end_ms(NOW_MS)))


@given(_events, st.randoms(use_true_random=False), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_a_crash_between_two_writes_changes_no_window(
    drawn: list[tuple[int, int | None, int, bool]], random: Random, writes: int
) -> None:
    """Whatever had been written stays; all that was not committed is applied again, in order, by a new process."""
    observations = _observations(drawn)
    state = MemoryState()
    state.writes_left = writes
    roll, committed, offset = Roll(state, _Teams()), 0, 0
    while offset < len(observations):
        if random.random() < 0.2:
            committed = offset
        try:
            if random.random() < 0.3:
                roll.tick(NOW_MS)
            roll.take(observations[offset], offset, NOW_MS)
        except Crash:  # the process starts again, over what was written
            state.writes_left = None
            roll, offset = Roll(state, _Teams()), committed
            if random.random() < 0.5:
                roll.tick(NOW_MS)
            continue
        offset += 1
    state.writes_left = None
    fresh = _summary(_points(Roll(state, _Teams()).tick(NOW_MS + 1_000)))
    assert fresh == _recomputed(observations, _end_ms(NOW_MS))
    windows = roll._windows
    roll.tick(NOW_MS + 1_000)
    if windows is not None and windows.series:
        (series,) = windows.series.values()
        cached = {
            window: (quantile(s.histogram, 0.5), quantile(s.histogram, 0.95), s.weight)
            for window, s in series.windows.items()
        }
        assert cached == _recomputed(observations, _end_ms(NOW_MS))


def _team_points(rollups: list[Rollup], state: MemoryState) -> dict[tuple[str, str], MetricPoint]:
    members = Members(state)
    for rollup in rollups:
        members.take(rollup)
    return _points(members.tick())


@given(_events, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_a_team_is_the_sum_of_its_services_and_repeats_change_nothing(
    drawn: list[tuple[int, int | None, int, bool]], random: Random
) -> None:
    roll = Roll(MemoryState(), _Teams())
    observations = []
    rollups: list[Rollup] = []
    for offset, one in enumerate(_observations(drawn)):
        service = random.choice(["ledger", "checkout"])
        observations.append(_observed(one.subject, NOW - one.at, one.value, service, weight=one.weight))
        roll.take(observations[-1], offset, NOW_MS)
        rollups += roll.tick(NOW_MS + offset * 1_000).rollups
    state = MemoryState()
    _team_points(rollups, state)
    again = random.choices(rollups, k=3) if rollups else []
    latest = {(one.member, one.part): one for one in rollups}
    points = _team_points([*again, *latest.values()], state)
    if points:
        expected = _recomputed(observations, _end_ms(NOW_MS))
        assert {window: point.sample_size for (_, window), point in points.items()} == {
            window: size for window, (_, _, size) in expected.items()
        }


def test_the_organisation_sums_its_teams() -> None:
    roll, state = Roll(MemoryState(), _Teams()), MemoryState()
    for offset, service in enumerate(("ledger", "checkout")):
        roll.take(_observed("a", MINUTE, service=service), offset, NOW_MS)
    members = Members(state)
    for rollup in roll.tick(NOW_MS).rollups:
        members.take(rollup)
    for rollup in members.tick().rollups:
        members.take(rollup)
    points = _points(members.tick())
    assert points["org", "24h"].sample_size == 2
    assert points["org", "24h"].scope.kind == "org"


def test_that_a_team_has_nothing_left_is_said_again_after_a_crash_and_then_forgotten() -> None:
    (full,) = _rollups([_observed("a", MINUTE)])
    (empty,) = _rollups([_observed("a", MINUTE), _observed("a", MINUTE, None)])
    state = MemoryState()
    members = Members(state)
    members.take(full)
    members.tick()
    members.take(empty)
    emission = Members(state).tick()
    assert [point.sample_size for point in _points(emission).values()] == [0] * len(WINDOWS)
    again = Members(state)
    left = again.tick().left
    again.forget(left)
    assert Members(state).dirty == 0


def test_a_member_that_has_something_again_before_its_end_was_published_stays() -> None:
    (full,) = _rollups([_observed("a", MINUTE)])
    (empty,) = _rollups([_observed("a", MINUTE), _observed("a", MINUTE, None)])
    state = MemoryState()
    members = Members(state)
    for rollup in (full, empty, full):
        members.take(rollup)
    members.forget(members.tick().left)
    assert _points(Members(state).tick())["old", "24h"].sample_size == 1


def test_what_left_every_window_is_forgotten_while_others_go_on() -> None:
    state = MemoryState()
    roll = Roll(state, _Teams())
    for subject in range(200):
        roll.take(_observed(str(subject), subject * MINUTE, service="checkout"), subject, NOW_MS)
    later = NOW_MS + 100 * 24 * 60 * MINUTE_MS
    roll.tick(later)
    busy = _observed("b", MINUTE).model_copy(update={"at": NOW + timedelta(days=100)})
    for second in range(1, 60):
        roll.take(busy.model_copy(update={"value": second}), 1_000 + second, later)
        roll.tick(later + second * 1_000)
    assert [key for key, _ in state.scan(b"hour") if key.startswith(b"hour") and b"checkout" in key] == []
    assert len([key for key, _ in state.scan(b"id") if key.startswith(b"id")]) == 1
