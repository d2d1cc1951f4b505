"""The Faust application: its settings, its producer, its tables. Agents aside, the only file that imports faust."""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode.services import WaitResults

from schemas import topics
from schemas.config import KafkaConnection
from stream_processors.breaker import Breaker
from stream_processors.failpoints import reached
from stream_processors.journal import Journal
from stream_processors.outbox import Outbox
from stream_processors.stepping import stepped

SESSION_TIMEOUT_S = 10.0

FETCH_BYTES = 1 << 20
"""Of a partition at once; a larger record comes alone. Faust hands out all that it has fetched before it fetches again:
with 28 MiB of events at once, what they led to stood still until the worker took itself for stuck (measured)."""


class _Producer(driver.Producer):
    """Faust's producer, whose flush waits for every record of the outbox."""

    outbox: Outbox

    async def on_start(self) -> None:
        await super().on_start()
        self.outbox.sender = self._producer

    async def flush(self) -> None:
        await super().flush()
        await self.outbox.settle()

    async def on_stop(self) -> None:
        await self.outbox.settle()
        await super().on_stop()


class _Consumer(driver.Consumer):
    """Faust's consumer, to whom an offset that was acknowledged twice is one offset.

    After the loss of a broker records are read and acknowledged again. Faust keeps both acknowledgements, takes the
    repeated number for a gap, and would commit one record a second (measured; `Consumer._new_offset`).

    Of a topic that is held, nothing is committed beyond what was dealt with before.
    """

    breakers: dict[str, Breaker]
    streams: "WeakSet[Any]"

    async def wait_first(self, *coros: Any, **patience: Any) -> Any:
        """Hand on a record without a task where nothing has to be waited for.

        Faust makes four tasks of each record: the handing on, and waits for three kinds of ends, all cancelled at once
        (`Consumer._drain_messages`, mode's `Service.wait_first`). The turn of the loop stays: the agents take one
        record in each, so that none lies long in their queues.
        """
        if len(coros) < 2 or patience or not all(map(asyncio.iscoroutine, coros)):
            return await super().wait_first(*coros, **patience)
        rest = stepped(coros[0])
        if rest is not None:
            return await super().wait_first(rest, *coros[1:])
        for other in coros[1:]:
            other.close()
        await asyncio.sleep(0)
        return WaitResults([coros[0]], [None], False)

    def _clean_unacked_messages(self) -> None:
        """Wait no longer for a record that no agent will finish.

        Before partitions go, Faust empties its streams' queues and waits until the records that are not acknowledged
        are gone. A tick goes to all agents: where one had finished its copy, and that of another was thrown away, the
        loop of the first still held on to it, and the wait ended with Kafka's patience (measured: one of five stops).
        """
        super()._clean_unacked_messages()
        events = [one for stream in self.streams for one in (stream.current_event, *stream.channel.queue._queue)]
        self._unacked_messages &= {event.message for event in events if event is not None}

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, nothing being fetched until the flow is resumed.

        Faust resumes the partitions, then seeks, then empties the queues of its streams (faust/tables/recovery.py;
        `flow_control.resume` clears them). A record that was fetched after the seek and still waited in a queue was
        gone until the next start, and where it was a single one, its offset was committed all the same (measured: two
        of ten starts with records waiting). A fetch that is under way comes here by itself (`Consumer.getmany`), and
        is lost too: what has no committed offset yet is sought as well, at its beginning.
        """
        if self.flow_active:
            self.stop_flow()
        await super().perform_seek()
        changelogs = self.app.tables.changelog_topics
        streams = {tp for tp in self.assignment() if tp.topic not in changelogs}
        begun = await self.earliest_offsets(*(tp for tp in streams if self._committed_offset[tp] is None))
        await self.seek_wait(begun)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        if any(tp.topic == topics.EVENTS for tp in offsets):
            reached("before_commit")  # all that the events led to is acknowledged by now
        is_committed: bool = await super()._commit(offsets)
        return is_committed

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked[tp]
        acked[:] = set(acked)
        offset: int | None = super()._new_offset(tp)
        breaker = self.breakers.get(tp.topic)
        if breaker is None or not breaker.is_open or offset is None:
            return offset
        last = breaker.last_commit(tp.partition)
        return None if last is None else min(offset, last)


class Worker:
    """The application, its outbox, and its tables: facts of correlate, slots of roll, members of scopes, alerts.

    `breakers` holds one for each topic that an agent reads, `streams` what the agents read.
    """

    def __init__(self, connection: KafkaConnection, password: str | None, state_dir: Path) -> None:
        self.partitions = connection.partitions
        self.outbox = Outbox()
        self.breakers: dict[str, Breaker] = {}
        self.streams: WeakSet[Any] = WeakSet()
        self.app = faust.App(topics.APP_ID, **_settings(connection, password, state_dir))
        transport: Any = self.app.transport
        transport.Consumer = type("Consumer", (_Consumer,), {"breakers": self.breakers, "streams": self.streams})
        transport.Producer = type("Producer", (_Producer,), {"outbox": self.outbox})
        self.facts = Journal(self.app, "facts", self.partitions, self.outbox)
        self.windows = Journal(self.app, "windows", self.partitions, self.outbox)
        self.members = Journal(self.app, "members", self.partitions, self.outbox)
        self.alerts = Journal(self.app, "alerts", self.partitions, self.outbox)

    @property
    def held(self) -> dict[str, str]:
        """The topics that are held, each with its reason; may be asked from another thread."""
        return {topic: breaker.reason for topic, breaker in list(self.breakers.items()) if breaker.reason is not None}

    def pause(self, topic: str) -> None:
        """Read no more of a topic that is held."""
        consumer: Any = self.app.consumer
        consumer.pause_partitions({tp for tp in consumer.assignment() if tp.topic == topic})


def _settings(connection: KafkaConnection, password: str | None, state_dir: Path) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{address}" for address in connection.brokers],
        "broker_credentials": _credentials(connection, password),
        "datadir": str(state_dir),
        "store": "rocksdb://",
        "value_serializer": "raw",
        "key_serializer": "raw",
        "topic_partitions": connection.partitions,
        "topic_replication_factor": connection.replication,
        "topic_allow_declare": False,  # `pipegauge topics` makes them
        "topic_disable_leader": True,
        "table_standby_replicas": 0,
        "table_cleanup_interval": 3600.0,
        "processing_guarantee": "at_least_once",
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": SESSION_TIMEOUT_S,
        "broker_heartbeat_interval": 2.0,
        "broker_request_timeout": 30.0,
        "broker_commit_interval": 1.0,
        "broker_commit_livelock_soft_timeout": 120.0,
        "broker_max_poll_interval": 300.0,
        "consumer_max_fetch_size": FETCH_BYTES,
        "producer_acks": -1,
        "producer_linger": 0.005,
        "producer_max_batch_size": 1 << 20,
        "producer_max_request_size": topics.MAX_RECORD_BYTES,
        "producer_request_timeout": 60.0,
        "stream_wait_empty": True,  # a partition goes to another worker only after its event was finished here
        "stream_buffer_maxsize": 2048,
        "stream_processing_timeout": 1e9,  # an idle changelog is no stall; StallWatch tells real ones
        "stream_recovery_delay": 0.0,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }


def _credentials(connection: KafkaConnection, password: str | None) -> Any:
    context = None
    if connection.tls is not None:
        context = ssl.create_default_context(cafile=str(connection.tls.ca) if connection.tls.ca else None)
        if connection.tls.certificate is not None:
            context.load_cert_chain(str(connection.tls.certificate), connection.tls.key and str(connection.tls.key))
        if not connection.tls.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
    if connection.sasl is not None:
        return faust.SASLCredentials(
            username=connection.sasl.username,
            password=password,
            mechanism=connection.sasl.mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context else None
