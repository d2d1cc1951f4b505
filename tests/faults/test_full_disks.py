"""Faults 16 and 17: the disk of Kafka, of the spool, of ClickHouse is full. On a stand of its own, on small disks."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from schemas import topics
from stream_processors.store import GROUP
from tests.faults import oracle
from tests.faults.load import Load
from tests.faults.parts import until
from tests.faults.stand import Stand
from tests.faults.test_engines import committed

MEGABYTE = 1 << 20


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size, mounted at `folder`."""
    folder.mkdir()
    options = ("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder))
    mounted = subprocess.run(options, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"a small disk needs the right to mount one: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


@pytest.fixture(scope="module")
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("cramped")
    with (
        disk(folder / "kafka", 96) as kafka,
        disk(folder / "clickhouse", 200) as clickhouse,
        disk(folder / "gateway", 8),
    ):
        stand = Stand(folder, kafka, clickhouse)
        try:
            stand.start()
            yield stand
        finally:
            stand.stop()


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves `leave` bytes of a disk."""
    filler = folder / "filler"
    found = os.statvfs(folder)
    with filler.open("wb") as file:
        block = bytes(64 << 10)
        for _ in range((found.f_bavail * found.f_frsize - leave) // len(block)):
            file.write(block)
    return filler


@pytest.mark.faults(16)
@pytest.mark.timeout(240)
def test_while_kafkas_disk_is_full_no_2xx_is_false(cramped: Stand) -> None:
    cramped.mend()
    filler = fill(cramped.folder / "kafka", 4 * MEGABYTE)
    load = Load("fault-16", 60, datetime.now(UTC))
    answers = post_large(cramped, load)
    assert set(answers) <= {"kafka", "spool", "503"}
    assert "503" in answers, f"the spool's disk was never full: {answers}"
    filler.unlink()
    if not cramped.kafka.alive:
        cramped.kafka.start()
    with cramped.kept():
        oracle.check(cramped)
        oracle.a_fresh_event_is_visible_in_time(cramped)


def post_large(stand: Stand, load: Load) -> list[str]:
    """Post a load with half a megabyte beside each run; where each was kept, or `503`. Those kept are expected."""
    answers = []
    for number in range(load.first, load.first + load.count):
        run = load.run(number)
        body = orjson.dumps(run.body | {"pad": os.urandom(MEGABYTE // 4).hex()})
        answer = stand.post_body(run.event, body)
        assert answer.status_code in (202, 503), answer.text
        answers.append(answer.json()["stored"] if answer.status_code == 202 else "503")
        if answer.status_code == 202:
            stand.obligations.facts |= load.durations(number)
    return answers


@pytest.mark.faults(17)
@pytest.mark.timeout(240)
def test_while_the_spools_disk_is_full_senders_hear_503_and_the_gateway_ends_cleanly(cramped: Stand) -> None:
    cramped.mend()
    cramped.kafka.kill()
    answers = post_large(cramped, Load("fault-17", 40, datetime.now(UTC)))
    assert set(answers[5:]) == {"spool", "503"}
    assert cramped.gateway.end(12) == 0
    cramped.gateway.launch(cramped.environment)
    cramped.kafka.start()
    with cramped.kept():
        oracle.check(cramped)


@pytest.mark.faults(17)
@pytest.mark.timeout(240)
def test_while_clickhouses_disk_is_full_offsets_stand_still_and_the_store_ends_cleanly(cramped: Stand) -> None:
    cramped.mend()
    cramped.settle()
    filler = fill(cramped.folder / "clickhouse", MEGABYTE // 4)
    before = committed(cramped, GROUP, topics.DELIVERIES)
    post_large(cramped, Load("fault-17", 8, datetime.now(UTC), first=100))
    until(lambda: bool(cramped.status("store")["fault"]), 30, "the store's fault")
    assert committed(cramped, GROUP, topics.DELIVERIES) <= before + 1
    assert cramped.store.end(30) == 0
    filler.unlink()
    if not cramped.clickhouse.alive:
        cramped.clickhouse.start()
    cramped.start_part("store")
    oracle.check(cramped)
    oracle.a_fresh_event_is_visible_in_time(cramped)
