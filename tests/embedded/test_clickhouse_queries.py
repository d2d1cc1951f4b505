"""Queries of embedded ClickHouse through clickhouse-driver, as through any server."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException, UnknownTypeError

from tests.embedded.clickhouse_process import Running, wait_until


def test_parameters_are_substituted_by_the_client(client: Client) -> None:
    asked = {"n": 5, "s": "it's\\\n", "l": [1, 2], "t": datetime(2024, 1, 2, 3, 4, 5), "none": None}
    row = client.execute("SELECT %(n)s, %(s)s, %(l)s, toDateTime64(%(t)s, 3, 'UTC'), %(none)s", asked)[0]
    assert row == (5, "it's\\\n", [1, 2], datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), None)


def test_parameters_of_the_server_come_as_settings(client: Client) -> None:
    settings = {"param_n": 41, "param_s": "it's"}
    assert client.execute("SELECT {n:UInt32} + 1, {s:String}", settings=settings) == [(42, "it's")]


def test_settings_hold_for_one_query(client: Client) -> None:
    before = client.execute("SELECT getSetting('max_block_size')")
    assert client.execute("SELECT getSetting('max_block_size')", settings={"max_block_size": 77}) == [(77,)]
    assert client.execute("SELECT getSetting('max_block_size')") == before


def test_settings_are_reset_after_a_query_that_failed(client: Client) -> None:
    with pytest.raises(ServerException):
        client.execute("SELECT nope", settings={"max_result_rows": 3})
    assert client.execute("SELECT getSetting('max_result_rows')") == [(0,)]


def test_settings_of_one_client_do_not_reach_another(clickhouse: Running, client: Client) -> None:
    client.execute("SET max_result_rows = 5")
    assert client.execute("SELECT getSetting('max_result_rows')") == [(5,)]
    assert clickhouse.client().execute("SELECT getSetting('max_result_rows')") == [(0,)]


def test_an_unknown_setting_is_ignored_unless_important(clickhouse: Running, client: Client) -> None:
    assert client.execute("SELECT 1", settings={"no_such_setting": 1}) == [(1,)]
    strict = clickhouse.client(settings_is_important=True)
    with pytest.raises(ServerException) as refusal:
        strict.execute("SELECT 1", settings={"no_such_setting": 1})
    assert refusal.value.code == 115
    assert strict.execute("SELECT 1") == [(1,)]


def test_a_setting_cannot_smuggle_sql(client: Client) -> None:
    client.execute("SELECT 1", settings={"max_threads = 1, max_result_rows": 1})
    assert client.execute("SELECT getSetting('max_result_rows')") == [(0,)]


@pytest.mark.parametrize(
    "query",
    ["SELECT 1 AS a, 'x' AS b", "SELECT * FROM (SELECT 1 AS a, 'x' AS b) ORDER BY a", "DESCRIBE TABLE system.one"],
)
def test_a_result_begins_with_its_columns(client: Client, query: str) -> None:
    rows, columns = client.execute(query, with_column_types=True)
    assert len(rows[0]) == len(columns)


def test_a_type_that_the_front_cannot_read_still_passes(client: Client) -> None:
    with pytest.raises(UnknownTypeError, match="AggregateFunction"):
        client.execute("SELECT uniqState(number) FROM numbers(3)")


def test_an_empty_result_has_its_columns(client: Client) -> None:
    rows, columns = client.execute(
        "SELECT number AS n, toString(n) AS s FROM numbers(0) -- nothing", with_column_types=True
    )
    assert rows == []
    assert columns == [("n", "UInt64"), ("s", "String")]


@pytest.mark.parametrize(
    "closing", ["", ";", " FORMAT JSON", " FORMAT Native ;", " -- a comment", " SETTINGS max_threads = 1"]
)
def test_the_end_of_a_statement_does_not_matter(client: Client, closing: str) -> None:
    assert client.execute("SELECT 'FORMAT x' AS a" + closing) == [("FORMAT x",)]


@pytest.mark.parametrize(
    "statement", ["SHOW DATABASES", "EXISTS TABLE system.one", "DESCRIBE TABLE system.one", "EXPLAIN SELECT 1"]
)
def test_statements_that_are_not_selects_have_results(client: Client, statement: str) -> None:
    assert client.execute(statement)


def test_a_result_of_many_blocks_from_a_statement_that_cannot_stream_is_whole(client: Client) -> None:
    client.execute("CREATE TABLE wide ({}) ENGINE = Memory".format(", ".join(f"c{n} UInt8" for n in range(300))))
    assert len(client.execute("DESCRIBE TABLE wide", settings={"max_block_size": 10})) == 300


def test_a_large_result_streams_in_several_blocks(client: Client) -> None:
    client.connection.force_connect()
    client.connection.send_query("SELECT number, toString(number) FROM numbers(200000)")
    client.connection.send_external_tables(None)
    blocks = [packet.block.get_rows() for packet in client.packet_generator() if packet.block]
    assert len(blocks) >= 10
    seen = [row for block in blocks for row in block]
    assert len(seen) == 200_000
    assert seen[-1] == (199_999, "199999")
    assert sum(int(text) == number for number, text in seen) == 200_000


def test_a_result_without_end_streams_in_bounded_memory(clickhouse: Running) -> None:
    client = clickhouse.client()
    before = clickhouse.resident_kb("RssAnon")
    rows = client.execute_iter("SELECT repeat('x', 1000), number FROM system.numbers")
    for _ in range(300_000):  # 300 MB
        next(rows)
    assert clickhouse.resident_kb("RssAnon") - before < 100_000
    client.disconnect()


def test_a_cancel_ends_a_running_stream_and_the_connection_goes_on(clickhouse: Running, client: Client) -> None:
    rows = client.execute_iter("SELECT number FROM system.numbers")
    for _ in range(10):
        next(rows)
    client.cancel()
    assert client.execute("SELECT 1") == [(1,)]
    wait_until(lambda: clickhouse.get("/status")["running"] == 0)  # an answer is sent before its query is told ended


def test_a_cancel_ends_a_query_that_has_sent_nothing_yet(client: Client) -> None:
    client.connection.force_connect()
    client.connection.send_query("SELECT count() FROM numbers(100000000000)")
    client.connection.send_external_tables(None)
    time.sleep(0.3)
    begun = time.monotonic()
    client.cancel()
    assert time.monotonic() - begun < 3
    assert client.execute("SELECT 1") == [(1,)]


def test_a_cancel_sent_with_the_query_is_heard(client: Client) -> None:
    client.connection.force_connect()
    client.connection.send_query("SELECT count() FROM numbers(100000000000)")
    client.connection.send_external_tables(None)
    begun = time.monotonic()
    client.cancel()
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("query", ["SELECT number FROM system.numbers", "SELECT count() FROM numbers(100000000000)"])
def test_a_client_that_leaves_ends_its_query(clickhouse: Running, client: Client, query: str) -> None:
    leaver = clickhouse.client()
    leaver.connection.force_connect()
    leaver.connection.send_query(query)
    leaver.connection.send_external_tables(None)
    wait_until(lambda: clickhouse.get("/status")["running"] == 1)
    leaver.disconnect()
    wait_until(lambda: clickhouse.get("/status")["running"] == 0)
    assert client.execute("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM no_such_table", 60),
        ("SELECT 1 +", 62),
        ("SELECT no_such_column", 47),
        ("SELECT no_such_function(1)", 46),
        ("SELECT * FROM no_such_database.t", 81),
        ("CREATE TABLE bad (a NoSuchType) ENGINE = Memory", 50),
        ("SELECT {x:UInt8}", 456),
    ],
)
def test_errors_have_clickhouses_codes_and_the_connection_goes_on(client: Client, statement: str, code: int) -> None:
    with pytest.raises(ServerException) as refusal:
        client.execute(statement)
    assert refusal.value.code == code
    assert client.execute("SELECT 1") == [(1,)]


def test_an_error_in_the_middle_of_a_stream_is_raised(client: Client) -> None:
    with pytest.raises(ServerException) as refusal:
        client.execute("SELECT throwIf(number = 150000) FROM numbers(200000)")
    assert refusal.value.code == 395
    assert client.execute("SELECT 1") == [(1,)]


def test_external_tables_are_refused_by_name(client: Client) -> None:
    tables = [{"name": "ext", "structure": [("x", "Int32")], "data": [{"x": 1}]}]
    with pytest.raises(ServerException, match="External tables") as refusal:
        client.execute("SELECT * FROM ext", external_tables=tables)
    assert refusal.value.code == 48
    assert client.execute("SELECT 1") == [(1,)]


def test_ddl_and_replacing_tables_work(client: Client) -> None:
    client.execute("CREATE DATABASE IF NOT EXISTS ddl")
    client.execute("CREATE TABLE ddl.t (id UInt8, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY id")
    client.execute("ALTER TABLE ddl.t ADD COLUMN note String DEFAULT 'none'")
    client.execute("INSERT INTO ddl.t (id, version) VALUES", [(1, 1), (2, 1)])
    client.execute("INSERT INTO ddl.t (id, version, note) VALUES", [(1, 2, "newest")])
    assert client.execute("SELECT id, note FROM ddl.t FINAL ORDER BY id") == [(1, "newest"), (2, "none")]
    client.execute("TRUNCATE TABLE ddl.t")
    assert client.execute("SELECT count() FROM ddl.t") == [(0,)]
