"""Roll-up: a team is the sum of its services, the organisation of its teams, also after a crash."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.metrics import WINDOWS, MetricPoint, Rollup
from stream_processors.roll import Roll
from stream_processors.rollup import Members
from tests.stream_processors.memory_state import MemoryState
from tests.stream_processors.rolling import (
    DRAWN,
    MINUTE,
    NOW,
    NOW_MS,
    Teams,
    end_ms,
    observations_of,
    observed,
    points_of,
    recomputed,
    rollups_of,
)


def _team_points(rollups: list[Rollup], state: MemoryState) -> dict[tuple[str, str], MetricPoint]:
    members = Members(state)
    for rollup in rollups:
        members.take(rollup)
    return points_of(members.tick())


@given(DRAWN, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_a_team_is_the_sum_of_its_services_and_repeats_change_nothing(
    drawn: list[tuple[int, int | None, int, bool]], random: Random
) -> None:
    roll = Roll(MemoryState(), Teams())
    observations = []
    rollups: list[Rollup] = []
    for offset, one in enumerate(observations_of(drawn)):
        service = random.choice(["ledger", "checkout"])
        observations.append(observed(one.subject, NOW - one.at, one.value, service, weight=one.weight))
        roll.take(observations[-1], offset, NOW_MS)
        rollups += roll.tick(NOW_MS + offset * 1_000).rollups
    state = MemoryState()
    _team_points(rollups, state)
    again = random.choices(rollups, k=3) if rollups else []
    latest = {(one.member, one.part): one for one in rollups}
    points = _team_points([*again, *latest.values()], state)
    if points:
        expected = recomputed(observations, end_ms(NOW_MS))
        assert {window: point.sample_size for (_, window), point in points.items()} == {
            window: size for window, (_, _, size) in expected.items()
        }


def test_the_organisation_sums_its_teams() -> None:
    roll, state = Roll(MemoryState(), Teams()), MemoryState()
    for offset, service in enumerate(("ledger", "checkout")):
        roll.take(observed("a", MINUTE, service=service), offset, NOW_MS)
    members = Members(state)
    for rollup in roll.tick(NOW_MS).rollups:
        members.take(rollup)
    for rollup in members.tick().rollups:
        members.take(rollup)
    points = points_of(members.tick())
    assert points["org", "24h"].sample_size == 2
    assert points["org", "24h"].scope.kind == "org"


def test_that_a_team_has_nothing_left_is_said_again_after_a_crash_and_then_forgotten() -> None:
    (full,) = rollups_of([observed("a", MINUTE)])
    (empty,) = rollups_of([observed("a", MINUTE), observed("a", MINUTE, None)])
    state = MemoryState()
    members = Members(state)
    members.take(full)
    members.tick()
    members.take(empty)
    emission = Members(state).tick()
    assert [point.sample_size for point in points_of(emission).values()] == [0] * len(WINDOWS)
    again = Members(state)
    left = again.tick().left
    again.forget(left)
    assert Members(state).dirty == 0


def test_a_member_that_has_something_again_before_its_end_was_published_stays() -> None:
    (full,) = rollups_of([observed("a", MINUTE)])
    (empty,) = rollups_of([observed("a", MINUTE), observed("a", MINUTE, None)])
    state = MemoryState()
    members = Members(state)
    for rollup in (full, empty, full):
        members.take(rollup)
    members.forget(members.tick().left)
    assert points_of(Members(state).tick())["old", "24h"].sample_size == 1
