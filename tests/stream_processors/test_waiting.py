"""Before partitions go, a worker waits for what its agents have in hand, and for nothing else."""

import asyncio
from pathlib import Path
from typing import Any

from faust import Event
from faust.types import TP, Message

from schemas import topics
from schemas.config import KafkaConnection
from stream_processors.agents.shell import _arrivals
from stream_processors.app import Worker

TICKS = TP(topics.TICKS, 0)


class Two:
    """Two agents that read the ticks; the second only where it is let."""

    def __init__(self, folder: Path) -> None:
        worker: Any = Worker(KafkaConnection(), None, folder)
        self.app = worker.app
        self.consumer: Any = self.app.transport.create_consumer(
            lambda _: None, on_partitions_revoked=None, on_partitions_assigned=None
        )
        self.app.consumer = self.consumer
        ticks = self.app.topic(topics.TICKS, key_type=bytes, value_type=bytes)
        self.streams = [self.app.stream(ticks) for _ in range(2)]
        worker.streams.update(self.streams)
        self.app.flow_control.resume()
        self.is_finished = asyncio.Event()
        self.taken = 0

    async def take(self, stream: Any, waits: bool) -> None:
        """As an agent does."""
        async for _ in _arrivals(stream):
            self.taken += 1
            if waits:
                await self.is_finished.wait()

    def arrives(self) -> None:
        """A tick for both, as Faust's conductor hands it out."""
        message = Message(*(topics.TICKS, 0, 5, 1.0, 0, [], b"0", b"1"), checksum=None, serialized_key_size=1, tp=TICKS)
        message.generation_id = self.app.consumer_generation_id
        self.consumer._unacked_messages.add(message)
        message.incref(2)
        for stream in self.streams:
            stream.channel.queue.put_nowait(Event(self.app, b"0", b"1", [], message))

    @property
    def waits_for(self) -> int:
        """How many records are waited for."""
        self.consumer._clean_unacked_messages()
        return len(self.consumer._unacked_messages)


def test_a_tick_that_was_thrown_away_before_the_last_agent_took_it_is_not_waited_for(tmp_path: Path) -> None:
    async def play() -> None:
        two = Two(tmp_path)
        reading = asyncio.create_task(two.take(two.streams[0], waits=False))
        await asyncio.sleep(0.2)
        two.arrives()
        await asyncio.sleep(0.2)
        assert (two.taken, two.waits_for) == (1, 1), "it waits in the queue of the other one"
        two.app.flow_control.clear()
        assert two.waits_for == 0
        reading.cancel()

    asyncio.run(play())


def test_what_an_agent_has_in_hand_is_waited_for(tmp_path: Path) -> None:
    async def play() -> None:
        two = Two(tmp_path)
        reading = [asyncio.create_task(two.take(stream, waits=True)) for stream in two.streams]
        await asyncio.sleep(0.2)
        two.arrives()
        await asyncio.sleep(0.2)
        two.app.flow_control.clear()
        assert (two.taken, two.waits_for) == (2, 1)
        two.is_finished.set()
        await asyncio.sleep(0.2)
        assert two.waits_for == 0
        for one in reading:
            one.cancel()

    asyncio.run(play())
