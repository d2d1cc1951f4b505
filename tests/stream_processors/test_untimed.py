"""An event without a provider's time arrives again at another time, and is stored once."""

from datetime import timedelta

from schemas import topics
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


def test_an_event_of_a_told_time_is_not_asked_for(world: World) -> None:
    earlier, later = (run(1, occurred_at=NOON + timedelta(minutes=at)) for at in (0, 1))
    world.send(topics.EVENTS, event_record(earlier), event_record(later))
    world.store()
    eventually(world.is_idle)
    assert world.count("events") == 2, "two facts with one id are a fault of their source, which is not hidden here"
