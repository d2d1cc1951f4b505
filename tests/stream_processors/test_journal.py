"""The local store of a table: what its errors become, how far it is noted, what is left when a partition goes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from schemas.config import KafkaConnection
from stream_processors.app import Worker
from stream_processors.journal import Journal, JournalPartition, StateError
from stream_processors.outbox import Outgoing

FULL = Exception("IO error: No space left on device")


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    (tmp_path / "worker").mkdir()
    return Worker(KafkaConnection(), None, tmp_path / "worker")


@pytest.fixture
def journal(worker: Worker) -> Journal:
    return worker.facts


class Broken:
    """A database, or a cursor of one, of which every operation fails but those named."""

    def __init__(self, **works: Callable[..., object]) -> None:
        self._works = works

    def __getattr__(self, name: str) -> Callable[..., object]:
        def fail(*_: object, **__: object) -> None:
            raise FULL

        return self._works.get(name, fail)


def scan(state: JournalPartition) -> object:
    return list(state.scan(b""))


@pytest.mark.parametrize(
    "act",
    [lambda state: state.get(b"k"), lambda state: state.put(b"k", b"v"), lambda state: state.delete(b"k"), scan],
    ids=["get", "put", "delete", "scan"],
)
def test_an_error_of_the_local_store_is_the_worlds(journal: Journal, act: Callable[[JournalPartition], object]) -> None:
    state = journal.partition(0)
    journal._data._dbs[0] = Broken()
    with pytest.raises(StateError, match="No space left"):
        act(state)
    assert not journal.outbox._queued


def test_a_scan_that_ends_at_a_block_that_cannot_be_read_has_not_reached_the_end(journal: Journal) -> None:
    state = journal.partition(0)
    cursor = Broken(seek=lambda _: None, valid=lambda: False)
    journal._data._dbs[0] = Broken(iter=lambda: cursor, items=lambda **_: iter(()))
    with pytest.raises(StateError):
        scan(state)


def test_a_scan_begins_at_its_start_and_passes_over_the_stores_own_note(journal: Journal) -> None:
    state = journal.partition(0)
    for key in (b"a", b"b", b"c", b"d"):
        state.put(key, key.upper())
    journal._data.set_persisted_offset(TP(journal.topic, 0), 3)
    assert list(state.scan(b"b", 2)) == [(b"b", b"B"), (b"c", b"C")]
    assert list(state.scan(b"")) == [(b"a", b"A"), (b"b", b"B"), (b"c", b"C"), (b"d", b"D")]


class Broker:
    """Takes records and acknowledges them, each at the offset that is next, or at one that a test names."""

    def __init__(self, offsets: dict[bytes, int | None] | None = None) -> None:
        self.offsets = offsets or {}
        self.unanswered: list[asyncio.Future[Any]] = []
        self._next: dict[TP, int] = {}

    async def send(self, topic: str, value: object, key: bytes, partition: int, *_: object) -> Awaitable[Any]:
        tp = TP(topic, partition)
        future = asyncio.get_running_loop().create_future()
        offset = self.offsets.get(key, self._next.get(tp, 0))
        if offset is None:
            self._next[tp] = self._next.get(tp, 0) + 1
            self.unanswered.append(future)
        else:
            self._next[tp] = offset + 1
            future.set_result(SimpleNamespace(topic=topic, partition=partition, offset=offset))
        return future


def write(journal: Journal, broker: Any, *keys: bytes, partition: int = 0) -> None:
    """Write keys and settle; what the broker does not answer is left waiting."""

    async def writing() -> None:
        journal.outbox.sender = broker
        for key in keys:
            journal.partition(partition).put(key, b"v")
        settled = asyncio.create_task(journal.outbox.settle())
        await asyncio.sleep(0.01)
        for future in broker.unanswered:
            future.cancel()
        await settled

    asyncio.run(writing())


def noted(journal: Journal, partition: int = 0) -> int | None:
    offset: int | None = journal.table.persisted_offset(TP(journal.topic, partition))
    return offset


def test_what_was_acknowledged_is_not_read_again(journal: Journal) -> None:
    broker = Broker()
    write(journal, broker, b"a", b"b", b"c")
    write(journal, broker, b"a", partition=2)
    assert (noted(journal), noted(journal, 2)) == (2, 0)
    write(journal, broker, b"d")
    assert noted(journal) == 3


def test_what_a_recovery_has_read_is_gone_on_from(journal: Journal) -> None:
    journal.store(0)
    journal._data.set_persisted_offset(TP(journal.topic, 0), 40)
    write(journal, Broker({b"a": 41}), b"a", b"b")
    assert noted(journal) == 42


def test_nothing_beyond_an_unacknowledged_record_is_noted(journal: Journal) -> None:
    write(journal, Broker({b"b": None}), b"a", b"b", b"c")
    assert noted(journal) == 0


def test_nothing_beyond_a_record_of_somebody_else_is_noted(journal: Journal) -> None:
    broker = Broker({b"c": 3})
    write(journal, broker, b"a", b"b", b"c")
    write(journal, broker, b"d")
    assert noted(journal) == 1
    assert journal.partition(0).get(b"d") == b"v"


def test_of_a_partition_that_has_gone_nothing_is_noted(journal: Journal) -> None:
    async def acknowledged_late() -> None:
        journal.outbox.sender = Broker()  # type: ignore[assignment]
        journal.outbox.put(Outgoing(journal.topic, b"a", b"v", (), 1))
        await journal.outbox.settle()

    asyncio.run(acknowledged_late())
    assert 1 not in journal._data._dbs
    assert not journal._data.partition_path(1).exists()


def test_a_note_that_cannot_be_written_leaves_the_worker_at_work(journal: Journal) -> None:
    journal._data._dbs[0] = Broken(put=lambda *_: None)
    write(journal, Broker(), b"a")


def test_records_of_other_topics_leave_nothing_behind(journal: Journal) -> None:
    async def publish() -> None:
        journal.outbox.sender = Broker()  # type: ignore[assignment]
        journal.outbox.put(Outgoing("metrics", b"a", b"v", (), 1))
        await journal.outbox.settle()

    asyncio.run(publish())
    assert journal.outbox._runs == {}


def move(journal: Journal, come: tuple[int, ...] = (), gone: tuple[int, ...] = ()) -> None:
    """A rebalance as Faust tells its tables."""
    assigned, revoked = ({TP(journal.topic, number) for number in numbers} for numbers in (come, gone))
    asyncio.run(journal.table.on_rebalance(assigned, revoked, assigned, 0))


def test_a_partition_that_returns_is_read_from_the_beginning_of_its_changelog(journal: Journal) -> None:
    move(journal, come=(0, 1))
    broker = Broker()
    write(journal, broker, b"deleted elsewhere")
    write(journal, broker, b"stays", partition=1)
    move(journal, gone=(0,))
    assert not journal._data.partition_path(0).exists()
    move(journal, come=(0,))
    assert (journal.partition(0).get(b"deleted elsewhere"), noted(journal)) == (None, None)
    assert (journal.partition(1).get(b"stays"), noted(journal, 1)) == (b"v", 0)


def test_a_partition_that_stays_keeps_what_it_has(journal: Journal) -> None:
    move(journal, come=(0,))
    write(journal, Broker(), b"a")
    tp = TP(journal.topic, 0)
    asyncio.run(journal.table.on_rebalance({tp}, set(), set(), 0))
    assert (journal.partition(0).get(b"a"), noted(journal)) == (b"v", 0)


def test_a_partition_comes_to_an_empty_store_though_something_opened_it_after_it_had_gone(journal: Journal) -> None:
    """Faust writes a changelog record that arrives late, even if the partition is somebody else's by then."""
    move(journal, come=(0,))
    move(journal, gone=(0,))
    recovery = journal.table.app.tables.recovery
    journal.partition(0).put(b"late", b"v")
    journal._data.set_persisted_offset(TP(journal.topic, 0), 7)
    recovery.active_offsets[TP(journal.topic, 0)] = 7
    move(journal, come=(0,))
    recovery.add_active(journal.table, TP(journal.topic, 0))
    assert (journal.partition(0).get(b"late"), noted(journal)) == (None, None)
    assert recovery.active_offsets[TP(journal.topic, 0)] is None


def options_of(journal: Journal) -> Iterator[str]:
    journal.store(0)
    for file in journal._data.partition_path(0).glob("OPTIONS-*"):
        yield from map(str.strip, file.read_text().splitlines())


def test_each_table_has_bounds_of_memory(worker: Worker) -> None:
    for journal in (worker.facts, worker.windows, worker.members, worker.alerts):
        assert {"write_buffer_size=4194304", "max_write_buffer_number=2"} <= set(options_of(journal))
        assert journal._data.rocksdb_options.block_cache_size == 8 << 20


def test_of_a_changelog_faust_notes_no_gaps(journal: Journal) -> None:
    """Compaction leaves thousands, and each costs the time of all (measured: a start that did not end)."""
    assert not journal.table.changelog_topic.acks
