"""`pipegauge store`: everything on the topics goes into ClickHouse, offsets are committed after the insert.

A record's own fault sends it to the dead letters, unless nothing else comes (stream_processors.breaker). Whatever
ClickHouse refuses is the world's fault: the offsets stand still, the insert is tried again, and the log says why.
"""

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import structlog
from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError
from clickhouse_driver.errors import ErrorCodes
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from schemas.config import Config, KafkaConnection
from schemas.connections import client_arguments, kafka_arguments
from schemas.instruments import tally
from schemas.topics import MAX_RECORD_BYTES
from stream_processors.batch import FLUSH_BYTES, Batch
from stream_processors.breaker import Breaker
from stream_processors.failpoints import reached
from stream_processors.inserts import flushing, inserting
from stream_processors.lag_reading import LagReading
from stream_processors.letters import PUBLISH_SECONDS, Letters
from stream_processors.membership import Share, subscribe
from stream_processors.partitions import check_partitions
from stream_processors.row_fields import NotARow
from stream_processors.rows import COLUMNS, STORED_TOPICS, dead_letter, rows_of
from stream_processors.untimed import STORED, Known, Untimed, as_first_stored, untimed_in

GROUP = "pipegauge-store"
POLL_RECORDS = 5_000
RETRY_SECONDS = (0.25, 5.0)
"""The first and the longest wait before an insert is tried again."""
SESSION_TIMEOUT_MS = 10_000

_MIGRATE_FIRST = {ErrorCodes.UNKNOWN_TABLE, ErrorCodes.UNKNOWN_DATABASE, ErrorCodes.NO_SUCH_COLUMN_IN_TABLE}
_WORLD = (ClickHouseError, OSError, EOFError)  # EOFError: the server closed the connection

log = structlog.get_logger()
_dead_letters = tally("pipegauge.dead_letters")
Stopped = Callable[[], bool]
Publish = Callable[[bytes, bytes, list[tuple[str, bytes]]], Any]
ServeStatus = Callable[[str, Callable[[], Mapping[str, Any]], Callable[[], bool]], AbstractContextManager[Any]]


class Store:
    """One member of the group. `status` and `is_ready` may be asked from other threads.

    `connect` makes a client of ClickHouse, `publish` sends a dead letter (key, value, headers) and returns its future.
    """

    def __init__(self, consumer: Any, connect: Callable[[], Client], publish: Publish) -> None:
        self._consumer = consumer
        self._connect = connect
        self._publish = publish
        self._client: Client | None = None
        self._process = uuid4().hex
        self._batch = Batch()
        self._waiting: list[Any] = []
        self._inserted: dict[tuple[str, int], int] = {}
        self._share = Share()
        self._newest_ms = 0
        self._rows = dict.fromkeys(COLUMNS, 0)
        self._fault: str | None = None
        self._breakers = {topic: Breaker() for topic in STORED_TOPICS}

    def status(self) -> Mapping[str, Any]:
        """What `/status` tells beside the lag; `freshness` is the age of the newest stored delivery in seconds."""
        age = round(max(0.0, time.time() - self._newest_ms / 1000), 3) if self._newest_ms else None
        return {
            "dirty": 0,
            "spool_depth": 0,
            "freshness": age,
            "rows": dict(self._rows),
            "partitions": len(self._share.held),
            "fault": self._fault,
            "held": {topic: breaker.reason for topic, breaker in self._breakers.items() if breaker.is_open},
        }

    def is_ready(self) -> bool:
        """Whether partitions are assigned and ClickHouse takes rows."""
        return bool(self._share.held) and self._fault is None

    def run(self, is_stopped: Stopped) -> None:
        """Stores until `is_stopped`, then flushes and commits what it has."""
        subscribe(self._consumer, STORED_TOPICS, self._share, is_stopped)
        while not is_stopped():
            self._take(self._waiting)
            self._waiting = []
            self._take(self._poll(self._batch.seconds_left(time.monotonic())))
            if self._batch and self._batch.seconds_left(time.monotonic()) == 0:
                self._flush(is_stopped)
            self._commit()
        self._flush_once()
        self._commit()
        self._consumer.close(autocommit=False)

    def _poll(self, seconds: float) -> list[Any]:
        try:
            polled = self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=POLL_RECORDS)
        except KafkaError as error:  # the world's: the client connects again by itself
            log.warning("Kafka cannot be read; trying again", error=repr(error))
            time.sleep(RETRY_SECONDS[0])
            polled = {}
        self._let_go()
        return [record for records in polled.values() for record in records]

    def _take(self, records: list[Any]) -> None:
        now = time.monotonic()
        for record in records:
            breaker = self._breakers[record.topic]
            if breaker.is_open:
                continue
            try:
                self._batch.add(record, rows_of(record), now)
            except NotARow as fault:  # the record's: the others of its batch go on
                place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
                if not breaker.failed(record.partition, record.offset, str(fault)):
                    log.error(
                        "topic held; repair this version and start the store again", reason=breaker.reason, **place
                    )
                    self._pause_held()
                    continue
                log.warning("a record cannot be stored; it goes to the dead letters", reason=str(fault), **place)
                _dead_letters.add("store", "invalid")
                self._batch.pass_over(record, now, dead_letter(record, fault))
            else:
                breaker.passed(record.partition, record.offset)

    def _pause_held(self) -> None:
        """Reads no more of the topics that are held: their offsets stand still."""
        self._consumer.pause(*(one for one in self._consumer.assignment() if self._breakers[one.topic].is_open))

    def _flush(self, is_stopped: Stopped) -> None:
        """Flushes the batch, as often as it takes. Meanwhile it stays in the group, and reads nothing new."""
        wait = RETRY_SECONDS[0]
        while not self._flush_once() and not is_stopped():
            until = time.monotonic() + wait
            wait = min(2 * wait, RETRY_SECONDS[1])
            while time.monotonic() < until and not is_stopped():
                self._consumer.pause(*self._consumer.assignment())
                arrived = self._poll(0.1)  # which may let go what was waiting
                self._waiting += arrived
        self._consumer.resume(*self._consumer.paused())
        self._pause_held()

    def _flush_once(self) -> bool:
        """Whether all that was taken is in ClickHouse now, dead letters in Kafka."""
        batch = self._batch
        if not batch:
            return True
        try:
            with flushing(batch.links(), batch.records):
                for sent in [self._publish(*letter) for letter in batch.letters]:
                    sent.get(timeout=PUBLISH_SECONDS)
                for table, columns, fingerprint in batch.tables():
                    self._insert(table, columns, fingerprint)
        except (*_WORLD, KafkaError) as error:  # the world's: the same batch is flushed again
            self._say(error)
            return False
        self._fault = None
        self._newest_ms = max(self._newest_ms, batch.newest_ms)
        self._inserted |= batch.offsets
        self._batch = Batch()
        return True

    def _insert(self, table: str, columns: list[tuple[Any, ...]], fingerprint: str) -> None:
        self._client = self._client or self._connect()
        # Another process may insert a part of these rows in other company: its tokens never match, versions decide.
        settings = {"async_insert": 0, "insert_deduplication_token": f"{self._process}-{fingerprint}"}
        statement = f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES"
        count = len(columns[0])
        if table == "events" and (questions := untimed_in(columns)):
            columns = as_first_stored(columns, self._stored(questions))
        reached("before_insert")
        with inserting(table, count):
            self._client.execute(statement, columns, columnar=True, settings=settings)
        reached("after_insert")
        self._rows[table] += count

    def _stored(self, questions: Sequence[Untimed]) -> Known:
        assert self._client is not None
        rows = [row for asked in questions for row in self._client.execute(STORED, asked._asdict())]
        return {(service, id_): at for service, id_, at in rows}

    def _say(self, error: Exception) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client = None
        code = getattr(error, "code", None)
        remedy = "run `pipegauge migrate`" if code in _MIGRATE_FIRST else "nothing is lost: it is tried again"
        self._fault = str(error).split("Stack trace")[0].strip()[:300] or type(error).__name__
        log.error("rows cannot be stored; offsets stand still", error=self._fault, code=code, remedy=remedy)

    def _commit(self) -> None:
        if not self._inserted:
            return
        reached("before_commit")
        offsets = {TopicPartition(*at): OffsetAndMetadata(offset, "", -1) for at, offset in self._inserted.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=5_000)
        except KafkaError as error:
            # the world's, or a rebalance: committed with the next flush, or stored again by the next owner
            log.warning("offsets cannot be committed yet", error=repr(error))
        else:
            self._inserted = {}

    def _let_go(self) -> None:
        """Whoever gets a partition reads on from what is committed; what stays here is kept until it is stored."""
        gone = self._share.follow()
        if gone is None:
            return
        self._batch.drop(gone)
        self._waiting = [record for record in self._waiting if (record.topic, record.partition) not in gone]
        self._inserted = {at: offset for at, offset in self._inserted.items() if at not in gone}
        self._pause_held()


def run(config: Config, resolve: Callable[[str], str], serve_status: ServeStatus) -> None:
    """Stores until SIGTERM or SIGINT, then flushes, commits and returns. Raises OtherPartitions."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    connections = config.connections
    kafka = kafka_arguments(
        connections.kafka, resolve(connections.kafka.sasl.password) if connections.kafka.sasl else None
    )
    clickhouse = client_arguments(connections.clickhouse, resolve(connections.clickhouse.password))
    lag = LagReading(GROUP, STORED_TOPICS, connections.kafka.partitions, kafka)
    letters = Letters(kafka)
    with_kafka = _patiently(lambda: _consumer(connections.kafka, kafka), stop)
    if with_kafka is None:
        return
    store = Store(with_kafka, lambda: Client(**clickhouse), letters.publish)
    with serve_status(config.listen.store, lambda: {"lag": lag.by_topic(), **store.status()}, store.is_ready):
        store.run(stop.is_set)
    letters.close()


def _consumer(connection: KafkaConnection, kafka: Mapping[str, Any]) -> KafkaConsumer:
    check_partitions(STORED_TOPICS, connection.partitions, kafka)
    return KafkaConsumer(**consumer_arguments(kafka))


def consumer_arguments(kafka: Mapping[str, Any]) -> dict[str, Any]:
    """How the store reads: small waits, records of up to 28 MiB, at most about two of them at once."""
    return {
        **kafka,
        "group_id": GROUP,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "fetch_max_wait_ms": 100,
        "max_partition_fetch_bytes": MAX_RECORD_BYTES,
        "fetch_max_bytes": FLUSH_BYTES,
        "session_timeout_ms": SESSION_TIMEOUT_MS,
        "heartbeat_interval_ms": SESSION_TIMEOUT_MS // 4,
    }


def _patiently(make: Callable[[], Any], stop: threading.Event) -> Any:
    """What `make` makes once Kafka is there; None if stopped before."""
    while not stop.is_set():
        try:
            return make()
        except KafkaError as error:  # the world's: Kafka may come up after the store
            log.warning("Kafka is not there yet; trying again", error=repr(error))
            stop.wait(RETRY_SECONDS[1])
    return None
