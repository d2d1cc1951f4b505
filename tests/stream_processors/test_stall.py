"""A worker that stands still while records wait is found out; one that gets on, or has nothing to do, is not."""

from stream_processors.lag import Position
from stream_processors.stall import Stall

EVENTS = ("events", 0)


def test_a_partition_that_stands_still_longer_than_the_limit_is_stalled() -> None:
    stall = Stall(15)
    assert stall.look({EVENTS: Position(5, 9)}, {EVENTS}, 100) == []
    assert stall.look({EVENTS: Position(5, 30)}, {EVENTS}, 115) == []
    assert stall.look({EVENTS: Position(5, 30)}, {EVENTS}, 115.1) == [EVENTS]


def test_progress_starts_the_clock_anew() -> None:
    stall = Stall(15)
    stall.look({EVENTS: Position(5, 9)}, {EVENTS}, 100)
    stall.look({EVENTS: Position(6, 9)}, {EVENTS}, 110)
    assert stall.look({EVENTS: Position(6, 9)}, {EVENTS}, 120) == []


def test_a_partition_without_waiting_records_or_of_another_worker_is_not_stalled() -> None:
    stall = Stall(15)
    for now in (100, 200):
        assert stall.look({EVENTS: Position(9, 9)}, {EVENTS}, now) == []
        assert stall.look({EVENTS: Position(5, 9)}, set(), now) == []


def test_an_outage_of_kafka_starts_the_clock_anew() -> None:
    stall = Stall(15)
    stall.look({EVENTS: Position(5, 9)}, {EVENTS}, 100)
    stall.look({}, {EVENTS}, 110)
    assert stall.look({EVENTS: Position(5, 9)}, {EVENTS}, 130) == []


def test_what_waits_behind_a_backlog_that_is_worked_off_is_not_stalled() -> None:
    """Faust hands out the events that it has fetched before it fetches the observations that they led to."""
    observations = ("observations", 0)
    stall, held = Stall(15), {EVENTS, observations}
    for second in range(0, 60, 3):
        left = 1_300 - second * 20
        found = stall.look({EVENTS: Position(9_000 - left, 9_000), observations: Position(0, second)}, held, second)
        assert found == []
    last = {EVENTS: Position(8_960, 9_000), observations: Position(0, 60)}
    assert [stall.look(last, held, second) for second in (60, 75, 80)][-1] == [EVENTS, observations]


def test_a_stream_that_flows_excuses_no_partition_that_stands_still() -> None:
    other = ("events", 1)
    stall, held = Stall(15), {EVENTS, other}
    found = [stall.look({EVENTS: Position(5, 9), other: Position(t, t + 200)}, held, t) for t in range(0, 30, 3)]
    assert found[-1] == [EVENTS]
