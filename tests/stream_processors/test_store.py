import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_driver import Client
from kafka import KafkaProducer

from deploy.make_topics import make_topics
from deploy.migrate import migrate
from schemas import topics
from schemas.config import Listen
from schemas.topics import MAX_RECORD_BYTES
from stream_processors.failpoints import EXIT_KILLED
from tests.embedded.clickhouse_process import Running, start
from tests.engines import config_of, eventually, free_port, itself, start_again
from tests.stream_processors.records import event_record, id_of, observation, observation_record, run

REPOSITORY = Path(__file__).parents[2]


class World:
    """The engines with topics and tables made, a producer, and stores that are started by their tests."""

    def __init__(self, kafka: str, clickhouse: Running, database: str, folder: Path) -> None:
        self.config = config_of(kafka, clickhouse, database)
        make_topics(self.config, itself)
        migrate(self.config, itself)
        self.client: Client = clickhouse.client(database=database)
        self.producer: Any = KafkaProducer(
            bootstrap_servers=kafka, acks="all", max_request_size=MAX_RECORD_BYTES, linger_ms=5
        )
        self.folder = folder
        self.stores: list[subprocess.Popen[bytes]] = []

    def store(self, fail_at: str = "") -> subprocess.Popen[bytes]:
        argv = (sys.executable, "-m", "tests.stream_processors.store_process", self.config.model_dump_json())
        environment = {**os.environ, "PIPEGAUGE_FAIL_AT": fail_at}
        with (self.folder / "store.log").open("ab") as log:
            self.stores.append(
                subprocess.Popen(
                    ("timeout", "-k", "5", "120", *argv), cwd=REPOSITORY, stdout=log, stderr=log, env=environment
                )
            )
        return self.stores[-1]

    def send(self, topic: str, *records: tuple[bytes, bytes, Any]) -> None:
        sent = [self.producer.send(topic, value, key, headers) for key, value, headers in records]
        for future in sent:
            future.get(timeout=20)

    def count(self, table: str, final: str = "FINAL") -> int:
        [[found]] = self.client.execute(f"SELECT count() FROM {table} {final}")
        return int(found)

    def status(self, path: str = "/status") -> Any:
        try:
            with urllib.request.urlopen(f"http://{self.config.listen.store}{path}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:  # 503 is an answer too
            return json.load(error)
        except OSError:  # not listening (yet)
            return {}

    def log(self) -> str:
        return (self.folder / "store.log").read_text()

    def is_idle(self) -> bool:
        lag = self.status().get("lag")
        return bool(lag) and set(lag.values()) == {0}


@pytest.fixture
def make_world(kafka: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[Running], World]]:
    made: list[World] = []

    def make(clickhouse: Running) -> World:
        made.append(World(kafka, clickhouse, re.sub(r"\W", "_", request.node.name), tmp_path))
        return made[-1]

    yield make
    for world in made:
        world.producer.close()
        for store in world.stores:
            store.terminate()
            store.wait(20)


@pytest.fixture
def world(make_world: Callable[[Running], World], clickhouse: Running) -> World:
    return make_world(clickhouse)


def events(*numbers: int) -> list[tuple[bytes, bytes, Any]]:
    return [event_record(run(number)) for number in numbers]


def test_what_is_on_the_topics_is_in_clickhouse_and_the_lag_is_0(world: World) -> None:
    world.send(topics.EVENTS, event_record(run(49, received_at=datetime.now(UTC))), *events(*range(49)))
    world.send(topics.OBSERVATIONS, observation_record(observation(1, 5)))
    world.store()
    eventually(lambda: world.count("events") == 50 and world.count("observations") == 1)
    eventually(world.is_idle)
    status = world.status()
    assert set(status["lag"]) == {"deliveries", "events", "observations", "metrics", "alerts", "dead-letters"}
    assert status["rows"]["events"] == 50
    assert 0 <= status["freshness"] < 60
    assert world.status("/health/ready") == {"ready": True}


@pytest.mark.faults(5)
@pytest.mark.parametrize("point", ["before_insert", "after_insert", "before_commit"])
def test_a_store_killed_at_any_point_leaves_each_row_once(world: World, point: str) -> None:
    world.send(topics.EVENTS, *events(*range(40)))
    killed = world.store(point)
    assert killed.wait(30) == EXIT_KILLED
    world.client.execute("SYSTEM STOP MERGES events")
    world.send(topics.EVENTS, *events(*range(40, 60)))
    world.store()
    eventually(world.is_idle, 40)
    assert world.count("events") == 60
    assert (world.count("events", "") > 60) == (point != "before_insert"), "a repeat must have happened"


def test_sigterm_flushes_commits_and_ends_with_0(world: World) -> None:
    store = world.store()
    eventually(lambda: world.status().get("partitions", 0) > 0)
    world.send(topics.EVENTS, *events(*range(10)))
    time.sleep(0.15)
    store.terminate()
    assert store.wait(20) == 0
    stored = world.count("events")
    world.store()
    eventually(world.is_idle)
    assert world.count("events") == world.count("events", "") == 10, f"{stored} were stored before the end"


@pytest.mark.faults(13)
def test_clickhouse_may_be_away_for_3_seconds(make_world: Callable[[Running], World], tmp_path: Path) -> None:
    clickhouse = start(tmp_path / "clickhouse")
    world = make_world(clickhouse)
    world.store()
    try:
        world.send(topics.EVENTS, *events(*range(20)))
        eventually(lambda: world.count("events") == 20)
        clickhouse.process.send_signal(signal.SIGSTOP)
        world.send(topics.EVENTS, *events(*range(20, 40)))
        time.sleep(1)
        clickhouse.kill()
        eventually(lambda: world.status()["fault"] is not None)
        assert world.status("/health/ready") == {"ready": False}
        world.send(topics.EVENTS, *events(*range(40, 60)))
        time.sleep(2)
        assert world.status()["lag"]["events"] >= 20, "offsets stand still"
        clickhouse = start_again(tmp_path / "clickhouse", clickhouse)
        world.client.disconnect()
        eventually(lambda: world.count("events") == 60)
        eventually(world.is_idle)
        assert world.count("dead_letters") == 0
    finally:
        clickhouse.kill()


@pytest.mark.faults(37)
def test_a_table_that_is_behind_stops_the_store_with_its_remedy(world: World) -> None:
    world.client.execute("ALTER TABLE events RENAME COLUMN url TO link")
    world.send(topics.EVENTS, *events(1, 2))
    world.store()
    eventually(lambda: bool(world.status().get("fault")))
    assert "run `pipegauge migrate`" in world.log()
    assert world.status()["lag"]["events"] == 2
    world.client.execute("ALTER TABLE events RENAME COLUMN link TO url")
    eventually(world.is_idle)
    assert world.count("events") == 2
    assert world.count("dead_letters") == 0


def test_the_later_record_of_one_id_wins_in_one_batch_and_across_batches(world: World) -> None:
    first, second, retraction = (observation_record(observation(1, value)) for value in (10, 20, None))
    world.send(topics.OBSERVATIONS, first, second)
    world.store()
    eventually(world.is_idle)
    query = "SELECT value, kafka_offset FROM observations FINAL"
    assert [value for value, _ in world.client.execute(query)] == [20]
    world.send(topics.OBSERVATIONS, second, retraction)
    eventually(lambda: [value for value, _ in world.client.execute(query)] == [None])
    eventually(lambda: world.count("observations", "") >= 2)


def test_a_record_that_is_no_row_becomes_a_dead_letter_and_the_next_is_stored(world: World) -> None:
    key, value, headers = event_record(run(1))
    world.send(topics.EVENTS, (key, b"{", headers), (key, value, headers), (key, value.replace(b"Z", b"X"), headers))
    world.store()
    eventually(lambda: world.count("dead_letters") == 2)
    eventually(world.is_idle)
    assert world.count("events") == 1
    letters = world.client.execute("SELECT stage, source, body, delivery FROM dead_letters FINAL ORDER BY body")
    assert [(stage, source, body[:1]) for stage, source, body, _ in letters] == [("store", "topic:events", "{")] * 2


def test_a_body_at_the_gateways_cap_is_stored_whole(world: World) -> None:
    body = b'"' + b"x" * (26_214_400 - 2) + b'"'
    headers = [
        ("pipegauge-source", b"github"),
        ("pipegauge-event", b"push"),
        ("pipegauge-outcome", b"dead-letter"),
        ("pipegauge-received-at", b"2026-11-02T12:00:00Z"),
    ]
    world.send(topics.DELIVERIES, *((id_of(number).encode(), body, headers) for number in (1, 2)))
    world.store()
    eventually(lambda: world.count("deliveries") == 2)
    assert world.client.execute("SELECT DISTINCT length(body) FROM deliveries") == [(26_214_400,)]
    eventually(world.is_idle)


def test_a_second_store_shares_the_work_and_nothing_is_lost_when_it_comes_and_goes(world: World) -> None:
    world.store()
    eventually(lambda: world.status().get("partitions") == 12)
    config = world.config
    other = config.model_copy(update={"listen": Listen(store=f"127.0.0.1:{free_port()}")})
    for round_ in range(3):
        world.send(topics.EVENTS, *events(*range(100 * round_, 100 * round_ + 100)))
        if round_ == 0:
            world.config = other
            second = world.store()
            world.config = config
            eventually(lambda: 0 < world.status().get("partitions", 12) < 12)
        if round_ == 1:
            second.terminate()
    eventually(lambda: world.count("events") == 300)
    eventually(world.is_idle)


def test_half_of_the_rows_are_there_half_a_second_after_they_were_received(world: World) -> None:
    world.store()
    eventually(lambda: world.status().get("partitions", 0) > 0)
    for number in range(150):
        world.send(topics.EVENTS, event_record(run(number, received_at=datetime.now(UTC))))
        time.sleep(0.008)
    eventually(lambda: world.count("events") == 150)
    query = "SELECT quantiles(0.5, 0.99)(toUnixTimestamp64Milli(stored_at) - toUnixTimestamp64Milli(received_at))"
    [[(p50, p99)]] = world.client.execute(f"{query} FROM events FINAL")
    print(f"received → stored: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    assert p50 < 500
    assert p99 < 1_500
