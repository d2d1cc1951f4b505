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
