"""Faults 6 to 9 and 13: Kafka and ClickHouse are killed, halted, or gone for a while."""

import sqlite3
import time
from pathlib import Path

import httpx
import pytest

from schemas import topics
from schemas.connections import kafka_arguments
from stream_processors.lag import Lag
from stream_processors.rows import COLUMNS
from stream_processors.store import GROUP
from tests.faults import oracle
from tests.faults.parts import until
from tests.faults.processes import PARTITIONS
from tests.faults.stand import Stand
from tests.faults.tape import Tape

GONE_S = 25
RECOVERY_S = 30
ANSWER_S = 8


def committed(stand: Stand, group: str, *names: str) -> int:
    """The sum of the offsets that a group has committed."""
    kafka = stand.config("store").connections.kafka
    lag = Lag(group, names, PARTITIONS, **kafka_arguments(kafka, None))
    return sum(position.done for position in lag.positions().values())


@pytest.mark.faults(6, times=3)
@pytest.mark.timeout(180)
def test_an_insert_under_way_when_clickhouse_is_killed_is_whole_or_absent(stand: Stand) -> None:
    with stand.sending(stand.load("fault-6", 300), 50):
        for _ in range(3):
            time.sleep(2.3)
            stand.clickhouse.restart()
    oracle.check(stand)
    for table in COLUMNS:
        parts = stand.client().execute(f"CHECK TABLE {table}")
        assert all(passed for _, passed, _ in parts), f"{table}: {parts}"


@pytest.mark.faults(7, times=5)
@pytest.mark.timeout(280)
def test_kafka_killed_five_times_keeps_what_was_acknowledged_and_is_back_within_30_seconds(
    stand: Stand,
) -> None:
    with stand.kept(), stand.sending(stand.load("fault-7", 500), 20):
        for _ in range(5):
            time.sleep(1.5)
            stand.kafka.kill()
            time.sleep(0.5)
            began = time.monotonic()
            stand.kafka.start()
            until(lambda: stand.status("gateway")["spool_depth"] == 0, RECOVERY_S, "an empty spool")
            assert time.monotonic() - began < RECOVERY_S
    with stand.kept():
        oracle.check(stand)
        oracle.a_fresh_event_is_visible_in_time(stand)


@pytest.mark.faults(8)
@pytest.mark.timeout(240)
def test_while_kafka_is_halted_every_sender_is_answered_within_8_seconds_and_nothing_piles_up(stand: Stand) -> None:
    stand.send(stand.load("fault-8", 50))
    threads, memory = stand.gateway.threads(), stand.gateway.resident_kib()
    with stand.kept(), stand.sending(stand.load("fault-8", 250, first=50), 25) as sent:
        stand.kafka.halt()
        time.sleep(20)
        assert stand.gateway.threads() <= threads + 8
        assert stand.gateway.resident_kib() <= memory + (64 << 10)
        stand.kafka.go_on()
    assert max(sent[0].seconds) < ANSWER_S
    with stand.kept():
        oracle.check(stand)
        oracle.a_fresh_event_is_visible_in_time(stand)


@pytest.mark.faults(9)
@pytest.mark.timeout(240)
def test_while_kafka_is_gone_the_spool_fills_to_its_bound_and_drains_in_order(stand: Stand) -> None:
    bound = 200_000
    stand.add("gateway-2", gateway={"spool_max_bytes": bound})
    stand.start_part("gateway-2")
    tape = Tape(stand.broker.address, (topics.EVENTS,))
    planned = stand.load("fault-9", 120)
    with stand.kept():
        stand.kafka.kill()
        gone = time.monotonic()
        answers: list[httpx.Response] = []
        for one in planned:
            answers.append(stand.post(one, gateway="gateway-2"))
            if answers[-1].status_code == 503:
                break
        kept = [answer.json() for answer in answers[:-1]]
        spooled, is_ready = _spool_bytes(stand.folder / "gateway-2"), stand.parts["gateway-2"].is_ready()
        time.sleep(max(0.0, gone + GONE_S - time.monotonic()))
        stand.kafka.start()
        until(lambda: stand.status("gateway-2")["spool_depth"] == 0, RECOVERY_S, "an empty spool")
        assert answers[-1].status_code == 503, f"{len(kept)} deliveries did not fill a spool of {bound} bytes"
        assert int(answers[-1].headers["retry-after"]) > 0
        assert answers[-1].headers["content-type"] == "application/problem+json"
        assert {answer["stored"] for answer in kept} == {"spool"}
        assert bound // 2 < spooled <= bound
        assert not is_ready
        order = [event for answer in kept for event in answer["events"]]
        told = [dict(record.headers)["ce_id"].decode() for record in tape.records()]
        assert list(dict.fromkeys(one for one in told if one in set(order))) == order
        stand.send(planned[len(kept) :], gateway="gateway-2")
        oracle.check(stand)
        oracle.a_fresh_event_is_visible_in_time(stand)


def _spool_bytes(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder / 'spool.sqlite'}?mode=ro", uri=True) as spool:
        found: int = spool.execute("SELECT sum(length(records)) FROM deliveries").fetchone()[0]
        return found


@pytest.mark.faults(13)
@pytest.mark.timeout(200)
def test_while_clickhouse_is_gone_offsets_stand_still_and_nothing_is_dropped(stand: Stand) -> None:
    stand.settle()
    before = committed(stand, GROUP, topics.EVENTS, topics.DELIVERIES)
    stand.clickhouse.kill()
    stand.send(stand.load("fault-13", 100), 50)
    time.sleep(GONE_S)
    assert committed(stand, GROUP, topics.EVENTS, topics.DELIVERIES) == before
    status = stand.status("store")
    assert status["fault"]
    assert status["lag"]["events"] == 200
    assert not httpx.get(f"{stand.url('store')}/health/ready").is_success
    assert stand.store.alive
    stand.clickhouse.start()
    oracle.check(stand)
    oracle.a_fresh_event_is_visible_in_time(stand)
