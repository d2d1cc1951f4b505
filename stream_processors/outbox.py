"""What the agents publish: sent in order through Faust's producer, and awaited before any offset is committed.

Faust flushes its producer before it commits, but that flush gives up after 0.1 s without progress and knows nothing of
records that failed. The outbox keeps the future of every record sent and `settle` waits for all of them; the producer's
flush calls it (stream_processors.app). A record that the broker refuses ends the process: the offsets stay, the next
process repeats the work. What was acknowledged of a changelog is told to its journal, which notes how far it has come.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

log = structlog.get_logger()

EXIT_UNSENT = 70
"""The exit code of a worker that could not publish."""


class Outgoing(NamedTuple):
    """One record to publish; `partition` None leaves it to the key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


class Acknowledged(Protocol):
    """Where the broker put a record."""

    topic: str
    partition: int
    offset: int


class Sender(Protocol):
    """aiokafka's producer."""

    async def send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int | None,
        timestamp_ms: int | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> Awaitable[Acknowledged]: ...


class Outbox:
    """Records queued by `put` (from synchronous code), sent by `post`, acknowledged after `settle`."""

    def __init__(self) -> None:
        self.sender: Sender | None = None
        self._queued: deque[Outgoing] = deque()
        self._posting = asyncio.Lock()  # two that post at once could overtake each other within one partition
        self._sent: set[Awaitable[Acknowledged]] = set()
        self._notes: dict[str, Callable[[int, range], None]] = {}
        self._runs: dict[tuple[str, int], range] = {}

    def on_settled(self, topic: str, note: Callable[[int, range], None]) -> None:
        """Let `note` be told partitions of `topic`, each with offsets that were acknowledged, none of them missing."""
        self._notes[topic] = note

    def put(self, record: Outgoing) -> None:
        self._queued.append(record)

    async def post(self) -> None:
        """Hand every queued record to the producer, in order."""
        async with self._posting:
            while self._queued:
                record = self._queued.popleft()
                assert self.sender is not None, "nothing is processed before the producer has started"
                future = await self.sender.send(
                    record.topic, record.value, record.key, record.partition, None, record.headers
                )
                self._sent.add(future)
                future.add_done_callback(self._acknowledged)  # type: ignore[attr-defined]

    async def settle(self) -> None:
        """Wait until the broker has acknowledged every record sent so far."""
        await self.post()
        pending = list(self._sent)
        if pending:
            await asyncio.wait(pending)  # type: ignore[type-var]
        runs, self._runs = self._runs, {}
        for (topic, partition), run in runs.items():
            self._notes[topic](partition, run)

    def _acknowledged(self, future: "asyncio.Future[Acknowledged]") -> None:
        self._sent.discard(future)
        if future.cancelled():
            return
        if (error := future.exception()) is not None:
            log.error("record not published; the worker ends and repeats the work", error=repr(error))
            os._exit(EXIT_UNSENT)
        self._extend(future.result())

    def _extend(self, record: Acknowledged) -> None:
        """Lengthen the partition's run; what comes after a gap is left out until the run was told, then begins one."""
        if record.topic in self._notes:
            run = self._runs.setdefault((record.topic, record.partition), range(record.offset, record.offset))
            if record.offset == run.stop:
                self._runs[record.topic, record.partition] = range(run.start, run.stop + 1)
