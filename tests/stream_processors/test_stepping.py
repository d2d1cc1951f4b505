"""A coroutine that was stepped does what it would have done in a task of its own."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from schemas.config import KafkaConnection
from stream_processors.app import Worker
from stream_processors.stepping import stepped


async def _nothing(*_: object) -> None:
    """Nobody is told."""


class Handing:
    """A record that is handed on: it waits twice for room where `room` is given, then is `done`."""

    def __init__(self, room: "asyncio.Queue[int] | None" = None, fails: bool = False) -> None:
        self.room, self.fails = room, fails
        self.done: list[str] = []

    async def on(self) -> list[str]:
        try:
            if self.room is not None:
                await self.room.get()
                await self.room.get()
            if self.fails:
                raise ValueError("unreadable")
            self.done.append("handed on")
        finally:
            self.done.append("put in order")
        return self.done


def test_what_need_not_wait_has_ended_after_its_step() -> None:
    handing = Handing()
    assert stepped(handing.on()) is None
    assert handing.done == ["handed on", "put in order"]


@pytest.mark.parametrize("filled", [0, 1, 2], ids=["waits twice", "waits once", "has room"])
def test_what_waits_goes_on_where_it_was(filled: int) -> None:
    async def play() -> None:
        room: asyncio.Queue[int] = asyncio.Queue()
        for number in range(filled):
            room.put_nowait(number)
        handing = Handing(room)
        rest = stepped(handing.on())
        assert (rest is None) == (filled == 2)
        for number in range(filled, 2):
            asyncio.get_running_loop().call_later(0.01 * number, room.put_nowait, number)
        if rest is not None:
            assert await rest == handing.done
        assert handing.done == ["handed on", "put in order"]

    asyncio.run(play())


def test_what_is_cancelled_while_it_waits_puts_its_things_in_order() -> None:
    async def play() -> None:
        handing = Handing(asyncio.Queue())
        rest = stepped(handing.on())
        assert rest is not None
        task = asyncio.create_task(rest)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert handing.done == ["put in order"]

    asyncio.run(play())


@pytest.mark.parametrize("waits", [False, True])
def test_what_fails_raises_what_it_raised(waits: bool) -> None:
    async def play() -> None:
        room: asyncio.Queue[int] | None = asyncio.Queue() if waits else None
        rest = stepped(Handing(room, fails=True).on())
        assert room is not None
        assert rest is not None
        room.put_nowait(1)
        room.put_nowait(2)
        await rest

    with pytest.raises(ValueError, match="unreadable"):
        asyncio.run(play())


def _consumer(folder: Path) -> Any:
    app = Worker(KafkaConnection(), None, folder).app
    return app.transport.create_consumer(_nothing, on_partitions_revoked=_nothing, on_partitions_assigned=_nothing)


def test_a_record_with_room_in_its_queue_is_handed_on_without_a_task(tmp_path: Path) -> None:
    made: list[str] = []

    def make(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **kwargs: Any) -> "asyncio.Task[Any]":
        made.append(repr(work))
        return asyncio.Task(work, loop=loop, **kwargs)

    async def play() -> None:
        consumer, handing = _consumer(tmp_path), Handing()
        asyncio.get_running_loop().set_task_factory(make)  # type: ignore[arg-type]
        await consumer.wait_first(handing.on(), consumer.suspend_flow.wait())
        assert (handing.done, made) == (["handed on", "put in order"], [])

    asyncio.run(play())


def test_a_record_that_waits_for_room_is_let_go_when_the_flow_is_suspended(tmp_path: Path) -> None:
    async def play() -> None:
        consumer, handing = _consumer(tmp_path), Handing(asyncio.Queue())
        asyncio.get_running_loop().call_later(0.05, consumer.suspend_flow.set)
        await asyncio.wait_for(consumer.wait_first(handing.on(), consumer.suspend_flow.wait()), 5)
        await asyncio.sleep(0)
        assert handing.done == ["put in order"]

    asyncio.run(play())
