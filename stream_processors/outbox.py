"""What the agents publish: sent in order through Faust's producer, and awaited before any offset is committed.

Faust flushes its producer before it commits, but that flush gives up after 0.1 s without progress and knows nothing of
records that failed. The outbox keeps the future of every record sent and `settle` waits for all of them; the producer's
flush calls it (stream_processors.app). A record that the broker refuses ends the process: the offsets stay, the next
process repeats the work.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Sequence
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
    ) -> Awaitable[object]: ...


class Outbox:
    """Records queued by `put` (from synchronous code), sent by `post`, acknowledged after `settle`."""

    def __init__(self) -> None:
        self.sender: Sender | None = None
        self._queued: deque[Outgoing] = deque()
        self._posting = asyncio.Lock()  # two that post at once could overtake each other within one partition
        self._sent: set[Awaitable[object]] = set()

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

    def _acknowledged(self, future: "asyncio.Future[object]") -> None:
        self._sent.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            log.error("record not published; the worker ends and repeats the work", error=repr(error))
            os._exit(EXIT_UNSENT)
