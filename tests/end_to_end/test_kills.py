"""Every process is killed -9 once while deliveries flow: nothing is lost or invented, every number is right."""

import asyncio
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.demo.deliveries import deliveries
from deploy.settled import wait_until_settled
from producers.gateway import read
from producers.registry import find_source
from producers.signatures import github_headers
from schemas import topics
from schemas.deliveries import Delivery, Secret, delivery_id
from tests.end_to_end.embedded_stack import SALT, SECRET, EmbeddedStack, embedded_stack
from tests.end_to_end.oracle import differences, missing_series
from tests.end_to_end.sender import Sent, send

RATE = 50.0
SECONDS = 36
VICTIMS = ("gateway", "worker", "store", "clickhouse", "kafka")
TEAMS = {"checkout": "payments", "ledger": "payments", "storefront": "growth"}


@pytest.mark.timeout(240)
def test_kill_each_process_once_while_deliveries_flow(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    planned = list(deliveries(7, now - timedelta(days=9), now))[: int(RATE * SECONDS)]
    assert len(planned) == RATE * SECONDS
    with embedded_stack(tmp_path) as stack:
        killed: list[int] = []
        killer = threading.Thread(target=_kill_in_turn, args=(stack, killed), daemon=True)
        killer.start()
        sent = asyncio.run(send(stack.hook, planned, RATE))
        killer.join()
        assert len(killed) == len(VICTIMS)
        wait_until_settled(stack.data, lambda: _missing_events(stack, sent), timeout_s=60)
        _check_deliveries(stack, sent)
        _check_events(stack, sent)
        _check_windows(stack)
        assert _duplicates(stack) > 0, "no kill led to a repetition: the test proved nothing"


def _kill_in_turn(stack: EmbeddedStack, killed: list[int]) -> None:
    for victim in VICTIMS:
        time.sleep(SECONDS / (len(VICTIMS) + 1))
        killed.append(stack.kill(victim))


def _missing_events(stack: EmbeddedStack, sent: Sent) -> int:
    answered = {id_ for answer in sent.answers for id_ in answer.events}
    stored = {str(id_) for (id_,) in stack.clickhouse().execute("SELECT DISTINCT id FROM events")}
    return len(answered - stored)


def _check_deliveries(stack: EmbeddedStack, sent: Sent) -> None:
    rows = stack.clickhouse().execute("SELECT id, body FROM deliveries FINAL")
    stored = {str(id_): body for id_, body in rows}
    assert len(rows) == len(stored), "an id is stored twice"
    expected = {delivery_id("github", event, body): _kept(event, body) for event, body in sent.bodies}
    assert {answer.delivery for answer in sent.answers} == set(expected), "an answer names another id"
    assert set(stored) == set(expected)
    different = [id_ for id_, body in expected.items() if stored[id_].encode() != body]
    assert different == []


def _check_events(stack: EmbeddedStack, sent: Sent) -> None:
    rows = stack.clickhouse().execute("SELECT service, id FROM events FINAL")
    assert len(rows) == len(set(rows)), "an event of a service is stored twice"
    answered = {id_ for answer in sent.answers for id_ in answer.events}
    assert {str(id_) for _, id_ in rows} == answered
    ((dead,),) = stack.clickhouse().execute("SELECT count() FROM dead_letters FINAL")
    assert dead == 0


def _check_windows(stack: EmbeddedStack) -> None:
    """A tick may move the windows while they are read: what is wrong must stay wrong to be a fault."""
    client = stack.clickhouse()
    wrong: list[str] = []
    for _ in range(5):
        wrong = differences(client, TEAMS)
        if not wrong:
            break
        time.sleep(3)
    assert wrong == []
    assert missing_series(client) == set()
    ((observations,),) = client.execute("SELECT count() FROM observations FINAL WHERE value IS NOT NULL")
    assert observations > 1_000


def _kept(event: str, body: bytes) -> bytes:
    """The body as it is stored: personal values hashed."""
    delivery = Delivery("github", github_headers(event, body, Secret(SECRET), ""), body, None, datetime.now(UTC))
    return read(delivery, find_source("github"), SALT.encode()).stored_body


def _duplicates(stack: EmbeddedStack) -> int:
    """Records in Kafka that say again what an earlier one of the same topic said."""
    return sum(_repeats(stack, topic) for topic in (topics.DELIVERIES, topics.EVENTS, topics.OBSERVATIONS))


def _repeats(stack: EmbeddedStack, topic: str) -> int:
    values = _values(stack, topic)
    if topic == topics.OBSERVATIONS:  # the same observation is also amended: only the same words are a repetition
        return len(values) - len(set(values))
    ids = [value if topic == topics.DELIVERIES else (orjson.loads(value)["id"], key) for key, value in values]
    return len(ids) - len(set(ids))


def _values(stack: EmbeddedStack, topic: str) -> Sequence[tuple[bytes, bytes]]:
    consumer = KafkaConsumer(
        bootstrap_servers=stack.endpoints["kafka"]["address"], consumer_timeout_ms=3_000, enable_auto_commit=False
    )
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    found = [(record.key, record.value) for record in consumer]
    consumer.close()
    return found
