"""An event without a provider's time arrives again at another time, and is stored once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from schemas import topics
from stream_processors.rows import COLUMNS
from stream_processors.untimed import STORED, untimed_in
from tests.engines import eventually
from tests.stream_processors.records import NOON, event_record, run
from tests.stream_processors.storing import World


def arrived(number: int, minutes: int) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    at = NOON + timedelta(minutes=minutes)
    return event_record(run(number, occurred_at=at, received_at=at))


def test_an_event_that_happened_when_it_arrived_is_stored_once_however_often_it_arrives(world: World) -> None:
    world.send(topics.EVENTS, arrived(1, 0), arrived(1, 5), arrived(2, 1))
    world.store()
    eventually(lambda: world.count("events") == 2)
    eventually(world.is_idle)
    world.send(topics.EVENTS, arrived(1, 60), arrived(2, 61), arrived(3, 62))
    eventually(lambda: world.count("events") == 3)
    eventually(world.is_idle)
    stored = world.client.execute("SELECT occurred_at, received_at FROM events FINAL ORDER BY occurred_at")
    minutes = [tuple(round((at - NOON).total_seconds() / 60) for at in row) for row in stored]
    assert minutes == [(0, 60), (1, 61), (62, 62)], "the first time stays, and the last arrival is told"


def test_as_many_as_a_batch_can_hold_are_asked_for_in_queries_that_clickhouse_takes(world: World) -> None:
    """It takes a query of 256 KiB: the ids of 10,000 events alone are more."""
    count = 10_000
    ids = [uuid4() for _ in range(count)]
    values: dict[str, list[Any]] = {"service": [f"{number:0>200}" for number in range(count)], "id": ids}
    columns = [tuple(values.get(name, [0] * count)) for name in COLUMNS["events"]]
    questions = untimed_in(columns)
    assert {id_ for asked in questions for id_ in asked.ids} == set(ids)
    assert [world.client.execute(STORED, asked._asdict()) for asked in questions] == [[]] * len(questions)


def test_an_event_of_a_told_time_is_not_asked_for(world: World) -> None:
    earlier, later = (run(1, occurred_at=NOON + timedelta(minutes=at)) for at in (0, 1))
    world.send(topics.EVENTS, event_record(earlier), event_record(later))
    world.store()
    eventually(world.is_idle)
    assert world.count("events") == 2, "two facts with one id are a fault of their source, which is not hidden here"
