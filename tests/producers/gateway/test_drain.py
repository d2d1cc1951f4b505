"""The spool is emptied into Kafka: everything once, in order, whatever its disk does."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from producers import durability
from producers.durability import Keeper
from producers.publisher import KafkaAway, Publisher, RecordRefused
from producers.records import KafkaRecord
from producers.spool import Spool


class Kafka:
    """Stands for the publisher: notes what is published, and refuses or is away as it is told."""

    def __init__(self) -> None:
        self.answers = False
        self.refused: set[bytes] = set()
        self.published: list[bytes] = []
        self.away_after: int | None = None
        self._there = asyncio.Event()

    def comes_back(self) -> None:
        self.answers = True
        self._there.set()

    async def answering(self) -> None:
        await self._there.wait()

    def publish(self, records: Sequence[KafkaRecord]) -> asyncio.Future[None]:
        if not self.answers or (self.away_after is not None and len(self.published) >= self.away_after):
            raise KafkaAway("away")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        key = records[0].key or b""
        if key in self.refused:
            done.set_exception(RecordRefused("too large"))
        else:
            self.published.append(key)
            done.set_result(None)
        return done

    async def close(self, patience: float) -> None:
        del patience


class FullDisk(Spool):
    """A spool that can forget nothing while its disk is `full`."""

    full = True

    async def remove(self, numbers: Sequence[int]) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        await super().remove(numbers)


def keys(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


@asynccontextmanager
async def spooling(spool: Spool, kafka: Kafka) -> AsyncIterator[Keeper]:
    """A keeper whose spool holds twenty deliveries, since Kafka was away."""
    keeper = Keeper(cast("Publisher", kafka), spool)
    for key in keys(20):
        assert await keeper.keep([KafkaRecord("deliveries", key, b"x" * 1_000, [])]) == "spool"
    yield keeper
    await keeper.close(1)


async def until_at_rest(kafka: Kafka) -> None:
    before = -1
    while len(kafka.published) != before:
        before = len(kafka.published)
        await asyncio.sleep(0.5)


@pytest.fixture(autouse=True)
def _in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "_DRAIN_BYTES", 5_000)
    monkeypatch.setattr(durability, "_FORGOTTEN_AGAIN_S", 0.05)
    monkeypatch.setattr(durability, "_REFUSED_AGAIN_S", 0.05)
    monkeypatch.setattr(durability, "_PAUSE_S", 0.05)


def test_a_disk_that_cannot_forget_has_nothing_published_twice(tmp_path: Path) -> None:
    """Fault 17: a full disk published its spool again and again, until Kafka's was full too."""

    async def drained() -> None:
        kafka, spool = Kafka(), FullDisk(tmp_path / "spool", 1 << 20)
        async with spooling(spool, kafka) as keeper:
            kafka.comes_back()
            await until_at_rest(kafka)
            assert kafka.published == keys(20)
            assert keeper.spool_depth == 20
            spool.full = False
            await asyncio.sleep(0.5)
            assert (kafka.published, keeper.spool_depth) == (keys(20), 0)

    asyncio.run(drained())


def test_what_kafka_has_while_it_goes_away_and_the_disk_is_full_is_not_published_again(tmp_path: Path) -> None:
    async def drained() -> None:
        kafka = Kafka()
        async with spooling(FullDisk(tmp_path / "spool", 1 << 20), kafka):
            kafka.away_after = 7
            kafka.comes_back()
            await until_at_rest(kafka)
            assert kafka.published == keys(7)
            kafka.away_after = None
            await until_at_rest(kafka)
            assert kafka.published == keys(20)

    asyncio.run(drained())


def test_what_kafka_refuses_stays_and_lets_the_others_pass(tmp_path: Path) -> None:
    async def drained() -> None:
        kafka = Kafka()
        async with spooling(Spool(tmp_path / "spool", 1 << 20), kafka) as keeper:
            kafka.refused = {b"0", b"7", b"19"}
            kafka.comes_back()
            await until_at_rest(kafka)
            assert kafka.published == [key for key in keys(20) if key not in kafka.refused]
            assert keeper.spool_depth == 3
            kafka.refused = set()
            await until_at_rest(kafka)
            assert kafka.published[-3:] == [b"0", b"7", b"19"]
            assert keeper.spool_depth == 0

    asyncio.run(drained())
