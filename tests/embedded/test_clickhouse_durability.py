"""Embedded ClickHouse ends cleanly when asked, and loses nothing acknowledged when killed."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from clickhouse_driver.errors import Error
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster

from tests.embedded.clickhouse_process import PASSWORD, REPOSITORY, USER, Running, command, wait_until

Start = Callable[[], Running]
TABLE = "CREATE TABLE t (batch UInt32, n UInt32, text String) ENGINE = MergeTree ORDER BY (batch, n)"


def test_sigterm_ends_with_0_and_keeps_the_data(start_clickhouse: Start) -> None:
    first = start_clickhouse()
    client = first.client()
    client.execute(TABLE)
    client.execute("INSERT INTO t VALUES", [(1, 1, "a")])
    begun = time.monotonic()
    assert first.terminate() == 0
    assert time.monotonic() - begun < 3
    assert start_clickhouse().client().execute("SELECT * FROM t") == [(1, 1, "a")]


def test_sigterm_lets_a_running_query_finish_and_takes_no_new_client(start_clickhouse: Start) -> None:
    running = start_clickhouse()
    results: list[object] = []
    client = running.client()
    client.execute("SELECT 1")
    query = "SELECT sum(sleepEachRow(0.5)) FROM numbers(4) SETTINGS max_block_size = 1"
    thread = threading.Thread(target=lambda: results.append(client.execute(query)))
    thread.start()
    wait_until(lambda: running.get("/status")["running"] == 1)
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    with pytest.raises((Error, OSError, EOFError)):
        running.client().execute("SELECT 1")
    thread.join(10)
    assert results == [[(0,)]]
    assert running.process.wait(10) == 0


def test_sigterm_stops_a_query_that_does_not_end_within_the_deadline(start_clickhouse: Start) -> None:
    running = start_clickhouse()
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            running.client().execute("SELECT count() FROM numbers(1000000000000)")
        except (Error, OSError, EOFError) as fault:  # a thread's exception would go unseen
            faults.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: running.get("/status")["running"] == 1)
    begun = time.monotonic()
    assert running.terminate() == 0
    assert 4 < time.monotonic() - begun < 9
    thread.join(5)
    assert len(faults) == 1


@pytest.mark.parametrize("delay", [0.3, 0.6, 0.9])
def test_after_kill_9_each_insert_is_whole_or_absent_and_none_acknowledged_is_lost(
    start_clickhouse: Start, delay: float
) -> None:
    first = start_clickhouse()
    first.client().execute(TABLE)
    acknowledged: list[int] = []

    def insert(start: int) -> None:
        client = first.client()
        try:
            for batch in range(start, start + 1_000_000):
                rows = [(batch, n, f"{batch} {n} " + "x" * 200) for n in range(2000)]
                client.execute("INSERT INTO t VALUES", rows, settings={"insert_block_size": 500})
                acknowledged.append(batch)
        except (Error, OSError, EOFError):  # the kill
            return

    threads = [threading.Thread(target=insert, args=(start,)) for start in (0, 1_000_000)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(acknowledged) >= 2)
    time.sleep(delay)
    first.kill()
    for thread in threads:
        thread.join(20)
    client = start_clickhouse().client()
    sizes = dict(client.execute("SELECT batch, count() FROM t GROUP BY batch"))
    assert set(sizes.values()) == {2000}
    assert set(acknowledged) <= set(sizes)
    assert len(sizes) - len(acknowledged) <= 2
    assert all(passed for _, passed, _ in client.execute("CHECK TABLE t"))


def test_a_second_owner_of_the_folder_gets_one_clear_line(start_clickhouse: Start, tmp_path: Path) -> None:
    first = start_clickhouse()
    second = subprocess.run(
        command(tmp_path / "data", tmp_path / "password"),
        cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "is in use by another process; stop that one or choose another --path" in second.stderr
    assert first.client().execute("SELECT 1") == [(1,)]


def test_the_migrations_library_runs_through_it_and_again(start_clickhouse: Start, tmp_path: Path) -> None:
    running = start_clickhouse()
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "001_first.sql").write_text(
        "CREATE TABLE a (id UInt8, v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY id;\n"
        "CREATE TABLE b (id UInt8) ENGINE = MergeTree ORDER BY id;"
    )
    (folder / "002_second.sql").write_text("ALTER TABLE a ADD COLUMN note String;")
    for _ in range(2):
        cluster = ClickhouseCluster(
            db_host="127.0.0.1", db_user=USER, db_password=PASSWORD, db_port=str(running.port), db_name="gauge"
        )
        cluster.migrate(
            db_name="gauge", migration_path=folder, explicit_migrations=None, cluster_name=None,
            create_db_if_no_exists=True, multi_statement=True,
        )  # fmt: skip
    client = running.client(database="gauge")
    assert client.execute("SELECT name FROM system.tables WHERE database = 'gauge' AND name IN ('a', 'b')") == [
        ("a",),
        ("b",),
    ]
    assert client.execute("SELECT name FROM system.columns WHERE database = 'gauge' AND table = 'a'") == [
        ("id",),
        ("v",),
        ("note",),
    ]


def test_the_projects_own_tables_are_made_through_it(start_clickhouse: Start) -> None:
    client = start_clickhouse().client()
    for file in sorted((REPOSITORY / "schemas" / "clickhouse").glob("*.sql")):
        for statement in filter(None, (part.strip() for part in file.read_text(encoding="utf-8").split(";\n"))):
            client.execute(statement)
    assert ("events",) in client.execute("SHOW TABLES")
