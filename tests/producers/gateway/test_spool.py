"""The spool keeps deliveries on disk, in order, within its bound."""

import asyncio
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.records import KafkaRecord, pack, unpack
from producers.spool import Spool, SpoolFull, SpoolLocked

records = st.lists(
    st.builds(KafkaRecord, st.text(), st.binary(), st.binary(), st.lists(st.tuples(st.text(), st.binary())))
)


def record(number: int, size: int = 1) -> list[KafkaRecord]:
    """A delivery of one record."""
    return [KafkaRecord("deliveries", b"%d" % number, b"x" * size, [("a", b"b")])]


@given(records)
def test_unpack_is_the_inverse_of_pack(some: list[KafkaRecord]) -> None:
    assert unpack(pack(some)) == some


def test_what_was_put_is_there_in_order_after_a_new_start(tmp_path: Path) -> None:
    async def first() -> None:
        spool = Spool(tmp_path / "spool", 1 << 20)
        await asyncio.gather(*(spool.put(record(number)) for number in range(20)))
        await spool.close()

    async def second() -> list[bytes]:
        spool = Spool(tmp_path / "spool", 1 << 20)
        found = await spool.oldest(0, 1 << 20)
        assert spool.depth == 20
        await spool.remove([one.number for one in found[:5]])
        assert spool.depth == 15
        assert [one.number for one in await spool.oldest(0, 1)] == [found[5].number]
        await spool.close()
        return [one.records[0].key for one in found]

    asyncio.run(first())
    assert asyncio.run(second()) == [b"%d" % number for number in range(20)]


def test_deliveries_that_wait_together_share_one_commit(tmp_path: Path) -> None:
    async def commits() -> int:
        spool = Spool(tmp_path / "spool", 1 << 20)
        statements: list[str] = []
        spool._database.set_trace_callback(statements.append)
        await asyncio.gather(*(spool.put(record(number)) for number in range(100)))
        await spool.close()
        return statements.count("COMMIT")

    assert asyncio.run(commits()) <= 2


def test_a_full_spool_refuses_until_there_is_room_again(tmp_path: Path) -> None:
    async def fill() -> None:
        spool = Spool(tmp_path / "spool", 5_000)
        await spool.put(record(1, 4_000))
        with pytest.raises(SpoolFull):
            await spool.put(record(2, 4_000))
        assert not spool.usable
        assert spool.depth == 1
        await spool.remove([1])
        await spool.put(record(3, 4_000))
        await spool.close()

    asyncio.run(fill())


def test_a_full_disk_refuses_and_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    async def fill() -> None:
        spool = Spool(tmp_path / "spool", 1 << 30)
        await spool.put(record(1))
        # SQLite then answers "database or disk is full", as it does on a full disk.
        spool._database.execute("PRAGMA max_page_count = 40")
        with pytest.raises(SpoolFull, match="full"):
            await spool.put(record(2, 1 << 20))
        assert not spool.usable
        spool._database.execute("PRAGMA max_page_count = 4000000")
        await spool.put(record(3, 1 << 20))
        assert spool.usable
        assert [one.records[0].key for one in await spool.oldest(0, 1 << 30)] == [b"1", b"3"]
        await spool.close()

    asyncio.run(fill())


def test_the_last_of_a_disk_stays_free_so_that_what_was_kept_can_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion needs room itself: SQLite writes it to its log first."""
    size = 6 << 20

    def on_a_small_disk(_folder: Path) -> SimpleNamespace:
        return SimpleNamespace(free=size - sum(file.stat().st_size for file in tmp_path.iterdir()))

    async def fill() -> None:
        monkeypatch.setattr(shutil, "disk_usage", on_a_small_disk)
        spool = Spool(tmp_path / "spool", 1 << 30)
        while spool.usable:
            with suppress(SpoolFull):
                await spool.put(record(1, 100_000))
        assert spool.depth > 5, "there was room for some"
        free = on_a_small_disk(tmp_path).free
        assert free >= 1 << 20
        await spool.remove([one.number for one in await spool.oldest(0, 1 << 30)])
        assert spool.depth == 0
        assert free - on_a_small_disk(tmp_path).free < 1 << 20
        await spool.put(record(1, 100_000))
        await spool.close()

    asyncio.run(fill())


def test_a_second_owner_is_told_whose_the_file_is(tmp_path: Path) -> None:
    async def twice() -> None:
        spool = Spool(tmp_path / "spool", 1 << 20)
        with pytest.raises(SpoolLocked, match="belongs to another gateway"):
            Spool(tmp_path / "spool", 1 << 20)
        await spool.close()
        await Spool(tmp_path / "spool", 1 << 20).close()

    asyncio.run(twice())


def test_every_commit_is_synced(tmp_path: Path) -> None:
    async def synchronous() -> tuple[object, object]:
        spool = Spool(tmp_path / "spool", 1 << 20)
        full = spool._database.execute("PRAGMA synchronous").fetchone()[0]
        mode = spool._database.execute("PRAGMA journal_mode").fetchone()[0]
        await spool.close()
        return full, mode

    assert asyncio.run(synchronous()) == (2, "wal")
    assert sqlite3.connect(tmp_path / "spool").execute("SELECT count(*) FROM deliveries").fetchone() == (0,)
