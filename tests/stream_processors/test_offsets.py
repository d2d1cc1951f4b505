"""Which offset is committed, when Faust's consumer has read records twice, and where it goes on after a recovery."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from schemas.config import KafkaConnection
from schemas.topics import changelog
from stream_processors.app import Worker

EVENTS = TP("events", 0)
TICKS = TP("ticks", 0)


async def _ignore(_: object) -> None:
    """Nobody is told."""


def _consumer(folder: Path) -> Any:
    app = Worker(KafkaConnection(), None, folder).app
    return app.transport.create_consumer(_ignore, on_partitions_revoked=_ignore, on_partitions_assigned=_ignore)


def test_an_offset_acknowledged_twice_is_no_gap(tmp_path: Path) -> None:
    consumer = _consumer(tmp_path)
    consumer._acked[EVENTS] = [5, 6, 7, 6, 7, 8, 9]
    assert consumer._new_offset(EVENTS) == 10


def test_an_offset_that_was_not_acknowledged_is_a_gap(tmp_path: Path) -> None:
    consumer = _consumer(tmp_path)
    consumer._acked[EVENTS] = [5, 6, 8, 9]
    assert consumer._new_offset(EVENTS) == 7


@pytest.mark.parametrize("flow_active", [True, False])
def test_a_seek_finds_nothing_being_fetched_and_reaches_what_was_never_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flow_active: bool
) -> None:
    """Faust empties its queues after the seek: a record fetched in between was lost until the next start."""
    sought: dict[TP, int] = {}

    async def seek_to_committed(consumer: Any) -> None:
        assert not consumer.flow_active
        consumer._committed_offset[TICKS] = 7

    async def earliest(*partitions: TP) -> Mapping[TP, int]:
        return dict.fromkeys(partitions, 3)

    async def seek_wait(offsets: Mapping[TP, int]) -> None:
        sought.update(offsets)

    async def recovered() -> bool:
        consumer = _consumer(tmp_path)
        consumer.flow_active = flow_active
        consumer.assignment = lambda: {EVENTS, TICKS, TP(changelog("facts"), 0)}
        consumer.earliest_offsets, consumer.seek_wait = earliest, seek_wait
        await consumer.perform_seek()
        return bool(consumer.flow_active)

    monkeypatch.setattr(driver.Consumer, "perform_seek", seek_to_committed)
    assert asyncio.run(recovered()) is False
    assert sought == {EVENTS: 3}
