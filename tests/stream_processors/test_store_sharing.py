"""Stores that share the partitions: one comes or goes at any time, and nothing is lost or passed over."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas import topics
from schemas.config import Config, Listen
from stream_processors.failpoints import EXIT_KILLED
from stream_processors.lag import Lag
from stream_processors.store import GROUP
from tests.embedded.clickhouse_process import Running, start
from tests.engines import eventually, free_port, start_again
from tests.stream_processors.records import event_record, run
from tests.stream_processors.storing import World


class Committed:
    """Where the group stands in the events, seen from when it was made."""

    def __init__(self, world: World) -> None:
        self._world = world
        kafka = {"bootstrap_servers": list(world.config.connections.kafka.brokers)}
        self._lag = Lag(GROUP, [topics.EVENTS], world.config.connections.kafka.partitions, **kafka)
        self._before = self.now()

    def now(self) -> dict[int, int]:
        return {number: position.done for (_, number), position in self._lag.positions().items()}

    def passed_over(self) -> list[tuple[int, int]]:
        """Places of records that are committed, and not in ClickHouse."""
        committed = self.now()
        stored = set(self._world.client.execute("SELECT kafka_partition, kafka_offset FROM events"))
        places = [(number, at) for number, to in committed.items() for at in range(self._before[number], to)]
        return [place for place in places if place not in stored]


def beside(world: World) -> Config:
    """The configuration of another store: it tells of itself elsewhere."""
    return world.config.model_copy(update={"listen": Listen(store=f"127.0.0.1:{free_port()}")})


def events(first: int, last: int) -> list[tuple[bytes, bytes, Any]]:
    """Events of eight services: each partition gets some."""
    return [event_record(run(number), f"shop-{number % 8}") for number in range(first, last)]


def shares(world: World) -> int:
    return int(world.status().get("partitions", 0))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[list[Running]]:
    """A ClickHouse that a test may halt, kill and start again: the last of the list."""
    running = [start(tmp_path / "clickhouse")]
    yield running
    running[-1].process.send_signal(signal.SIGCONT)
    running[-1].kill()


def test_a_second_store_shares_the_work_and_nothing_is_lost_when_it_comes_and_goes(world: World) -> None:
    committed = Committed(world)
    world.store()
    eventually(lambda: shares(world) == 12)
    for round_ in range(3):
        world.send(topics.EVENTS, *events(100 * round_, 100 * round_ + 100))
        if round_ == 0:
            second = world.store(config=beside(world))
            eventually(lambda: shares(world) == 6)
        if round_ == 1:
            second.terminate()
    eventually(lambda: world.count("events") == 300)
    eventually(world.is_idle)
    assert committed.passed_over() == []
    assert "Kafka cannot be read" not in world.log(), "sharing anew is no fault"


def leaves(second: "subprocess.Popen[bytes]", how: str) -> None:
    if how == "asked":
        second.terminate()
        assert second.wait(30) == 0
    else:
        assert second.wait(30) == EXIT_KILLED


@pytest.mark.parametrize("how", ["asked", "killed"])
def test_nothing_is_lost_when_a_second_store_comes_and_goes_while_clickhouse_is_away(
    make_world: Callable[[Running], World], own: list[Running], tmp_path: Path, how: str
) -> None:
    world = make_world(own[0])
    committed = Committed(world)
    world.store()
    world.send(topics.EVENTS, *events(0, 20))
    eventually(lambda: world.count("events") == 20)
    eventually(world.is_idle)
    stood = committed.now()

    own[0].kill()
    world.send(topics.EVENTS, *events(20, 60))
    eventually(lambda: world.status()["fault"] is not None)
    second = world.store("before_insert:3" if how == "killed" else "", beside(world))
    eventually(lambda: shares(world) == 6)
    world.send(topics.EVENTS, *events(60, 80))
    leaves(second, how)
    eventually(lambda: shares(world) == 12)
    world.send(topics.EVENTS, *events(80, 100))
    time.sleep(1)
    assert committed.now() == stood

    own.append(start_again(tmp_path / "clickhouse", own[0]))
    world.client.disconnect()
    eventually(world.is_idle)
    assert committed.passed_over() == []
    assert world.count("events") == 100


def test_nothing_is_lost_when_a_second_store_comes_while_an_insert_takes_seconds(
    make_world: Callable[[Running], World], own: list[Running]
) -> None:
    world = make_world(own[0])
    committed = Committed(world)
    world.store()
    world.send(topics.EVENTS, *events(0, 20))
    eventually(lambda: world.count("events") == 20)
    own[0].process.send_signal(signal.SIGSTOP)
    world.send(topics.EVENTS, *events(20, 60))
    time.sleep(1)
    world.store(config=beside(world))
    world.send(topics.EVENTS, *events(60, 80))
    time.sleep(6)
    own[0].process.send_signal(signal.SIGCONT)
    eventually(lambda: shares(world) == 6)
    eventually(world.is_idle)
    assert committed.passed_over() == []
    assert world.count("events") == 80
