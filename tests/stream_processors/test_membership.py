import re
import time
from collections.abc import Iterable

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.make_topics import make_topics
from schemas import topics
from stream_processors.batch import Batch
from stream_processors.membership import Share, subscribe
from stream_processors.rows import STORED_TOPICS, rows_of
from stream_processors.store import consumer_arguments
from tests.embedded.clickhouse_process import Running
from tests.engines import config_of, itself
from tests.stream_processors.records import Arrival, event_record, run

FIRST, SECOND, THIRD = (TopicPartition(topics.EVENTS, number) for number in range(3))


def arrival(partition: int, offset: int) -> Arrival:
    return Arrival(topics.EVENTS, *event_record(run(offset)), partition=partition, offset=offset)


def test_a_revocation_takes_nothing_and_the_next_assignment_tells_what_is_gone() -> None:
    share = Share()
    share.on_partitions_assigned({FIRST, SECOND})
    assert share.follow() == frozenset()
    share.on_partitions_revoked({FIRST, SECOND})
    assert share.follow() is None
    share.on_partitions_assigned({SECOND, THIRD})
    assert share.follow() == frozenset({FIRST})
    assert share.held == {SECOND, THIRD}


def test_what_went_and_came_back_between_two_looks_is_gone() -> None:
    share = Share()
    share.on_partitions_assigned({FIRST, SECOND})
    share.follow()
    share.on_partitions_assigned({FIRST})
    share.on_partitions_assigned({FIRST, SECOND})
    assert share.follow() == frozenset({SECOND})
    share.on_partitions_lost({FIRST, SECOND})
    share.on_partitions_assigned({FIRST, SECOND})
    assert share.follow() == frozenset({FIRST, SECOND})
    assert share.held == {FIRST, SECOND}


def test_a_batch_lets_go_what_is_read_elsewhere_and_keeps_the_rest() -> None:
    batch = Batch()
    for partition, offset in [(0, 4), (1, 8), (0, 5)]:
        record = arrival(partition, offset)
        batch.add(record, rows_of(record), 0.0)
    batch.pass_over(arrival(1, 9), 0.0, (b"key", b"value", []))
    batch.drop({FIRST})
    assert batch.offsets == {(topics.EVENTS, 1): 10}
    assert (batch.records, len(batch.letters)) == (2, 1)
    [(table, columns, _)] = batch.tables()
    assert (table, len(columns[0])) == ("events", 1)
    batch.drop({SECOND})
    assert not batch
    assert list(batch.tables()) == []
    assert batch.seconds_left(100.0) > 0


class Noted(Share):
    """A share that remembers each assignment."""

    def __init__(self) -> None:
        super().__init__()
        self.assigned: list[int] = []

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.assigned.append(len(list(assigned)))


def test_a_member_whose_polls_are_short_has_its_partitions_from_its_first_join(
    kafka: str, clickhouse: Running, request: pytest.FixtureRequest
) -> None:
    make_topics(config_of(kafka, clickhouse, "default"), itself)
    group = re.sub(r"\W", "_", request.node.name)
    consumer = KafkaConsumer(**consumer_arguments({"bootstrap_servers": [kafka]}) | {"group_id": group})
    share, deadline = Noted(), time.monotonic() + 15
    try:
        subscribe(consumer, STORED_TOPICS, share, lambda: False)
        while not share.assigned and time.monotonic() < deadline:
            consumer.poll(timeout_ms=5)
        for _ in range(200):
            consumer.poll(timeout_ms=5)
        assert share.assigned == [12]
    finally:
        consumer.close(autocommit=False)
