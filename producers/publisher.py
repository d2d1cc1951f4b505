"""Publishing to Kafka from an event loop: kafka-python's producer has a thread of its own."""

import asyncio
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import InvalidRecordError, KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from kafka.net.compat import KafkaNetClient

from producers.records import KafkaRecord
from schemas.config import KafkaConnection, Tls
from schemas.topics import MAX_RECORD_BYTES

log = structlog.get_logger()

PATIENCE_S = 2.0
"""How long Kafka may take to acknowledge a delivery: after that it counts as away."""
_MOST_BYTES = 64 << 20
_RETRY_S = 0.3
_CLOSING_S = 10.0
_REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)


class KafkaAway(Exception):
    """Kafka has not acknowledged, or has no room at the moment: whether it has the records is unknown."""


class RecordRefused(Exception):
    """Kafka answers, and refuses these records for what they are: sending them again is of no use."""


class _Pending:
    """A delivery on its way: `left` counts the records that are not acknowledged."""

    __slots__ = ("acknowledged", "given_up", "left", "records", "since", "size")

    def __init__(self, records: Sequence[KafkaRecord], acknowledged: asyncio.Future[None]) -> None:
        self.records = records
        self.acknowledged = acknowledged
        self.left = len(records)
        self.given_up = False
        self.size = sum(len(record.value) for record in records)
        self.since = time.monotonic()


class Publisher:
    """Publishes deliveries while Kafka answers. Its methods belong to the event loop that made it.

    The circuit opens when Kafka fails or stays silent for PATIENCE_S: all that waits fails with KafkaAway, the
    producer is given up (its idempotence covers one session), and a new one is tried until Kafka answers again.
    """

    def __init__(self, settings: dict[str, Any], topics: Sequence[str]) -> None:
        """`settings` are kafka-python's, of the connection; `topics` must exist before Kafka counts as there."""
        self._settings = settings
        self._topics = topics
        self._loop = asyncio.get_running_loop()
        self._answering = asyncio.Event()
        self._pending: dict[_Pending, None] = {}
        self._bytes = 0
        self._jobs: SimpleQueue[_Pending | None] = SimpleQueue()
        self._done: deque[tuple[_Pending, Exception | None]] = deque()
        self._woken = False
        self._stopping = threading.Event()
        self._watch = self._loop.call_later(PATIENCE_S / 10, self._look_for_silence)
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    @property
    def answers(self) -> bool:
        """Whether Kafka answers, as far as is known."""
        return self._answering.is_set()

    async def answering(self) -> None:
        """Returns as soon as Kafka answers."""
        await self._answering.wait()

    def publish(self, records: Sequence[KafkaRecord]) -> asyncio.Future[None]:
        """A future that resolves when Kafka has acknowledged all of `records`.

        It fails with RecordRefused or KafkaAway. Raises KafkaAway at once where waiting is of no use.
        """
        if not self._answering.is_set():
            raise KafkaAway("Kafka does not answer")
        pending = _Pending(records, self._loop.create_future())
        if self._pending and self._bytes + pending.size > _MOST_BYTES:
            raise KafkaAway("too much waits for Kafka's acknowledgement")
        self._pending[pending] = None
        self._bytes += pending.size
        self._jobs.put(pending)
        return pending.acknowledged

    async def close(self, patience: float) -> None:
        """Waits up to `patience` seconds for acknowledgements, then gives the producer up."""
        waiting = [pending.acknowledged for pending in self._pending]
        if waiting:
            await asyncio.wait(waiting, timeout=patience)
        self._watch.cancel()
        self._stopping.set()
        self._jobs.put(None)
        await self._loop.run_in_executor(None, self._thread.join, 3)

    def _look_for_silence(self) -> None:
        self._watch = self._loop.call_later(PATIENCE_S / 10, self._look_for_silence)
        oldest = next(iter(self._pending), None)
        if oldest is not None and time.monotonic() - oldest.since > PATIENCE_S:
            self._open_circuit(f"no acknowledgement for {PATIENCE_S:g} s")

    def _open_circuit(self, reason: str) -> None:
        if not self._answering.is_set():
            return
        self._answering.clear()
        log.warning("kafka away", reason=reason, waiting=len(self._pending))
        waiting, self._pending, self._bytes = self._pending, {}, 0
        for pending in waiting:
            pending.given_up = True
            if not pending.acknowledged.done():
                pending.acknowledged.set_exception(KafkaAway(reason))
        self._jobs.put(None)

    def _close_circuit(self) -> None:
        log.info("kafka answers")
        self._answering.set()

    def _collect(self) -> None:
        self._woken = False
        while self._done:
            pending, error = self._done.popleft()
            if pending not in self._pending:
                continue  # given up before
            if error is None:
                pending.left -= 1
                if pending.left == 0:
                    self._settle(pending, None)
            elif isinstance(error, _REFUSALS):
                self._settle(pending, RecordRefused(f"{type(error).__name__}: {error}"))
            else:
                self._open_circuit(f"{type(error).__name__}: {error}")

    def _settle(self, pending: _Pending, error: RecordRefused | None) -> None:
        del self._pending[pending]
        self._bytes -= pending.size
        if pending.acknowledged.done():
            return  # cancelled: the sender hung up
        if error is None:
            pending.acknowledged.set_result(None)
        else:
            pending.acknowledged.set_exception(error)

    # From here on: in the publisher's thread, or in that of kafka-python.

    def _work(self) -> None:
        while not self._stopping.is_set():
            producer = _connected(self._settings, self._topics)
            if producer is None:
                self._stopping.wait(_RETRY_S)
                continue
            self._call(self._close_circuit)
            while (pending := self._jobs.get()) is not None:
                self._send(producer, pending)
            # Its batches take up to the delivery timeout to expire; nothing here waits for that.
            threading.Thread(target=_give_up, args=(producer,), name="closing", daemon=True).start()

    def _send(self, producer: KafkaProducer, pending: _Pending) -> None:
        if pending.given_up:
            return
        for record in pending.records:
            try:
                sent = producer.send(record.topic, record.value, record.key, record.headers)
            except Exception as error:  # whatever it is: a thread that ends here would end all publishing in silence
                self._report(pending, error)
                return
            sent.add_callback(partial(self._acknowledge, pending))
            sent.add_errback(partial(self._report, pending))

    def _acknowledge(self, pending: _Pending, _metadata: object) -> None:
        self._report(pending, None)

    def _report(self, pending: _Pending, error: Exception | None) -> None:
        self._done.append((pending, error))
        if not self._woken:
            self._woken = True
            self._call(self._collect)

    def _call(self, method: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(method)
        except RuntimeError:  # the loop has been closed: nobody waits any more
            self._stopping.set()


def _connected(settings: dict[str, Any], topics: Sequence[str]) -> KafkaProducer | None:
    """A producer that knows every topic's partitions, or None while Kafka does not answer."""
    clients: list[KafkaNetClient] = []

    def client(**configs: Any) -> KafkaNetClient:
        clients.append(KafkaNetClient(**configs))
        return clients[0]

    producer = None
    try:
        producer = KafkaProducer(kafka_client=client, **settings)
        for topic in topics:
            producer.partitions_for(topic)
    except Exception as error:  # whatever kafka-python says while Kafka is away, the answer is to try again
        log.info("kafka does not answer yet", error=f"{type(error).__name__}: {error}")
        if producer is not None:
            _give_up(producer)
        elif clients:
            clients[0].close()  # the constructor failed after it had opened sockets
        return None
    return producer


def _give_up(producer: KafkaProducer) -> None:
    try:
        producer.close(timeout=_CLOSING_S)
    except KafkaError as error:  # it could not be flushed: that is why it was given up
        log.info("producer closed with records left", error=str(error))


def producer_settings(connection: KafkaConnection, resolve: Callable[[str], str]) -> dict[str, Any]:
    """kafka-python's settings of the gateway's producer; `resolve` turns a secret reference into its value."""
    settings: dict[str, Any] = {
        "bootstrap_servers": list(connection.brokers),
        "client_id": "pipegauge-gateway",
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "lz4",
        "batch_size": 1 << 20,
        "linger_ms": 5,
        "max_request_size": MAX_RECORD_BYTES + (1 << 20),
        "max_block_ms": 1_000,
        "request_timeout_ms": 3_000,
        "delivery_timeout_ms": 7_000,
        "bootstrap_timeout_ms": 1_500,
        "reconnect_backoff_max_ms": 1_000,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
    if connection.tls is not None:
        settings["ssl_context"] = _tls_context(connection.tls)
    if connection.sasl is not None:
        settings["sasl_mechanism"] = connection.sasl.mechanism
        settings["sasl_plain_username"] = connection.sasl.username
        settings["sasl_plain_password"] = resolve(connection.sasl.password)
    settings["security_protocol"] = ("SASL_" if connection.sasl else "") + ("SSL" if connection.tls else "PLAINTEXT")
    return settings


def _tls_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(tls.ca) if tls.ca else None)
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
