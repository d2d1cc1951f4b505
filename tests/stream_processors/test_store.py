import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import topics
from stream_processors.failpoints import EXIT_KILLED
from tests.embedded.clickhouse_process import Running, start
from tests.engines import eventually, start_again
from tests.stream_processors.records import event_record, id_of, observation, observation_record, run
from tests.stream_processors.storing import World, events


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
