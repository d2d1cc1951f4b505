"""Where a delivery is safe: in Kafka while Kafka answers, in the spool while it does not, and in Kafka again later."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Literal

import structlog

from producers.publisher import KafkaAway, Publisher, RecordRefused
from producers.records import KafkaRecord
from producers.spool import Spool, Spooled, SpoolFull

log = structlog.get_logger()

RETRY_AFTER_S = 5
_SPOOL_PATIENCE_S = 4.0
_DRAIN_BYTES = 4 << 20
_PAUSE_S = 0.2
_REFUSED_AGAIN_S = 30.0
_FORGOTTEN_AGAIN_S = 1.0


class Unavailable(Exception):
    """The delivery is nowhere safe: the sender must keep it and send it again after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int = RETRY_AFTER_S) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class Keeper:
    """Keeps deliveries and empties the spool, oldest first, whenever Kafka answers."""

    def __init__(self, publisher: Publisher, spool: Spool) -> None:
        self._publisher = publisher
        self._spool = spool
        self._acknowledged: set[int] = set()  # deliveries by their number that Kafka has and the spool has still
        self._spooled = asyncio.Event()
        spool.on_kept = self._spooled.set
        self._draining = asyncio.create_task(self._drain())

    @property
    def ready(self) -> bool:
        """Whether a delivery that arrived now would be kept."""
        return self._publisher.answers or self._spool.usable

    @property
    def spool_depth(self) -> int:
        """Deliveries that Kafka does not have yet."""
        return self._spool.depth

    async def keep(self, records: Sequence[KafkaRecord]) -> Literal["kafka", "spool"]:
        """Keeps a delivery's records and says where. Raises Unavailable where no place would take them."""
        try:
            await self._publisher.publish(records)
        except KafkaAway:  # the disk keeps it until Kafka is back
            await self._put_into_spool(records)
            return "spool"
        except RecordRefused as refused:
            raise Unavailable(
                f"Kafka refuses this delivery ({refused}); raise its topic's max.message.bytes, see `pipegauge topics`"
            ) from refused
        return "kafka"

    async def close(self, patience: float) -> None:
        """Waits up to `patience` seconds for what is on its way; the spool keeps the rest for the next start."""
        self._draining.cancel()
        await asyncio.wait([self._draining])
        await self._publisher.close(patience)
        await self._spool.close()

    async def _put_into_spool(self, records: Sequence[KafkaRecord]) -> None:
        try:
            async with asyncio.timeout(_SPOOL_PATIENCE_S):
                await self._spool.put(records)
        except SpoolFull as full:
            raise Unavailable(f"Kafka does not answer and {full}; send it again later") from full
        except TimeoutError as slow:
            raise Unavailable("Kafka does not answer and the spool's disk is too slow; send it again later") from slow

    async def _drain(self) -> None:
        after = 0
        while True:
            await self._publisher.answering()
            if self._spool.depth == 0:
                after = 0
                self._spooled.clear()
                await self._spooled.wait()
                continue
            try:
                found = await self._spool.oldest(after, _DRAIN_BYTES)
                after = await self._publish(found, after)
            except KafkaAway:  # still, or again: the spool keeps what it has
                await asyncio.sleep(_PAUSE_S)
            except sqlite3.Error as error:  # the disk is failing
                log.error("spool unreadable", error=str(error))
                await asyncio.sleep(_PAUSE_S)

    async def _publish(self, found: list[Spooled], after: int) -> int:
        """Publishes spooled deliveries and forgets the acknowledged ones; the number to go on after."""
        if not found:  # only what Kafka refused, or the disk could not forget, is left
            await asyncio.sleep(_FORGOTTEN_AGAIN_S if self._acknowledged else _REFUSED_AGAIN_S)
            await self._forget()
            return after if self._acknowledged else 0
        left = [one for one in found if one.number not in self._acknowledged]
        results = await asyncio.gather(*map(self._hand_over, left), return_exceptions=True)
        self._acknowledged |= {one.number for one, error in zip(left, results, strict=True) if error is None}
        await self._forget()
        for one, error in zip(left, results, strict=True):
            if isinstance(error, RecordRefused):
                log.error("kafka refuses a spooled delivery", number=one.number, error=str(error))
            elif error is not None:
                raise error
        return found[-1].number

    async def _hand_over(self, spooled: Spooled) -> None:
        await self._publisher.publish(spooled.records)

    async def _forget(self) -> None:
        """Removes from the spool what Kafka has. A disk that cannot do that is asked again later: until then it is
        remembered here, for what was published and is published again each time would fill Kafka's disk too."""
        if not self._acknowledged:
            return
        try:
            await self._spool.remove(sorted(self._acknowledged))
        except sqlite3.Error as error:  # a full disk has no room for the note that something was deleted
            log.error("spool cannot forget what Kafka has", deliveries=len(self._acknowledged), error=str(error))
        else:
            self._acknowledged.clear()
