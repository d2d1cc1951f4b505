"""Which offset is committed, when Faust's consumer has read records twice."""

from pathlib import Path
from typing import Any

from faust.types import TP

from schemas.config import KafkaConnection
from stream_processors.app import Worker

EVENTS = TP("events", 0)


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
