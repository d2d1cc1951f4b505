"""Inserts into embedded ClickHouse through clickhouse-driver: every type in use, and all or nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from tests.embedded.clickhouse_process import Running, wait_until

MOMENT = datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=UTC)
ID = UUID("01234567-89ab-cdef-0123-456789abcdef")

TYPES: list[tuple[str, list[Any]]] = [
    ("UUID", [ID, UUID(int=0)]),
    ("String", ["", "zażółć 'quoted' \\ \n\0", "x" * 300_000]),
    ("LowCardinality(String)", ["a", "b", "a", ""]),
    ("Nullable(Int64)", [None, -5, 0]),
    ("LowCardinality(Nullable(String))", [None, "x"]),
    ("DateTime64(3, 'UTC')", [MOMENT, datetime(1970, 1, 1, tzinfo=UTC)]),
    ("Nullable(DateTime64(3, 'UTC'))", [None, MOMENT]),
    ("DateTime", [datetime(2024, 2, 29, 12, 0, 1)]),
    ("Date", [date(2024, 2, 29)]),
    ("Map(String, String)", [{}, {"k": "v", "": "'"}]),
    ("Map(LowCardinality(String), String)", [{"content-type": "json"}, {}]),
    ("Array(String)", [[], ["a", ""], ["b"]]),
    ("Array(UUID)", [[ID, ID], []]),
    ("Array(Array(UInt8))", [[[1], []], []]),
    ("Array(LowCardinality(String))", [["a", "b"], []]),
    ("UInt8", [0, 255]),
    ("UInt16", [0, 2**16 - 1]),
    ("UInt32", [0, 2**32 - 1]),
    ("UInt64", [0, 2**64 - 1]),
    ("Int8", [-128, 127]),
    ("Int32", [-(2**31), 2**31 - 1]),
    ("Int64", [-(2**63), 2**63 - 1]),
    ("Float64", [0.0, -1.5, 1e300]),
    ("Bool", [True, False]),
    ("Enum8('low' = 1, 'high (a, b)' = 2)", ["low", "high (a, b)"]),
    ("Tuple(String, UInt8)", [("a", 1), ("", 0)]),
    ("FixedString(4)", ["abcd"]),
]


@pytest.fixture
def table(client: Client) -> Iterator[str]:
    name = f"t_{uuid4().hex}"
    client.execute(
        f"CREATE TABLE {name} (id UInt32, text String DEFAULT 'none', twice UInt32 MATERIALIZED id * 2) "
        "ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100"
    )
    yield name
    client.execute(f"DROP TABLE {name}")


def count(client: Client, table: str) -> int:
    return int(client.execute(f"SELECT count() FROM {table}")[0][0])


def parts(client: Client, table: str) -> int:
    return int(client.execute(f"SELECT uniqExact(_part) FROM {table}")[0][0])


@pytest.mark.parametrize(("type_name", "values"), TYPES, ids=[name for name, _ in TYPES])
@pytest.mark.parametrize("columnar", [False, True], ids=["rows", "columns"])
def test_values_come_back_as_they_went_in(client: Client, type_name: str, values: list[Any], columnar: bool) -> None:
    client.execute("DROP TABLE IF EXISTS typed")
    client.execute(f"CREATE TABLE typed (n UInt32, v {type_name}) ENGINE = MergeTree ORDER BY n")
    numbers = list(range(len(values)))
    if columnar:
        client.execute("INSERT INTO typed (n, v) VALUES", [numbers, values], columnar=True)
    else:
        client.execute("INSERT INTO typed (n, v) VALUES", list(zip(numbers, values, strict=True)))
    assert [row[0] for row in client.execute("SELECT v FROM typed ORDER BY n")] == values


def test_bytes_that_are_no_text_pass_unchanged(client: Client, table: str) -> None:
    every_byte = bytes(range(256))
    client.execute(f"INSERT INTO {table} (id, text) VALUES", [(1, every_byte)], settings={"strings_as_bytes": True})
    assert client.execute(f"SELECT text FROM {table}", settings={"strings_as_bytes": True}) == [(every_byte,)]


def test_several_blocks_are_one_insert_and_one_part(client: Client, table: str) -> None:
    rows = [(n, str(n)) for n in range(20_000)]
    inserted = client.execute(f"INSERT INTO {table} (id, text) VALUES", rows, settings={"insert_block_size": 1000})
    assert inserted == 20_000
    assert client.execute(f"SELECT count(), sum(id), sum(twice) FROM {table}") == [(20_000, 199_990_000, 399_980_000)]
    assert parts(client, table) == 1


def test_an_insert_without_column_names_fills_the_ordinary_columns(client: Client, table: str) -> None:
    client.execute(f"INSERT INTO {table} VALUES", [(1, "a")])
    client.execute(f"INSERT INTO `{table}` (* EXCEPT(text)) FORMAT Native", [(2,)])
    assert client.execute(f"SELECT * FROM {table} ORDER BY id") == [(1, "a"), (2, "none")]


def test_an_empty_insert_changes_nothing(client: Client, table: str) -> None:
    assert client.execute(f"INSERT INTO {table} (id) VALUES", []) == 0
    assert count(client, table) == 0


def test_a_deduplication_token_is_passed_on(client: Client, table: str) -> None:
    rows = [(n, "x") for n in range(3000)]
    for token, expected in (("one", 3000), ("one", 3000), ("two", 6000)):
        settings = {"insert_deduplication_token": token, "insert_deduplicate": 1, "insert_block_size": 1000}
        client.execute(f"INSERT INTO {table} (id, text) VALUES", rows, settings=settings)
        assert count(client, table) == expected


def test_deduplication_can_be_switched_off(client: Client, table: str) -> None:
    settings = {"insert_deduplication_token": "one", "deduplicate_insert_select": "disable", "insert_deduplicate": 0}
    for _ in range(2):
        client.execute(f"INSERT INTO {table} (id) VALUES", [(1,)], settings=settings)
    assert count(client, table) == 2


def test_settings_within_the_insert_are_passed_on(client: Client, table: str) -> None:
    for _ in range(2):
        client.execute(f"INSERT INTO {table} (id) SETTINGS insert_deduplication_token = 'it' VALUES", [(1,)])
    assert count(client, table) == 1


def test_insert_select_and_inline_values_are_run_as_they_are(client: Client, table: str) -> None:
    client.execute(f"INSERT INTO {table} (id) SELECT number FROM numbers(10)")
    assert client.last_query.progress is None or client.last_query.progress.written_rows in (0, 10)
    client.execute(f"INSERT INTO {table} (id, text) VALUES (10, 'it''s (VALUES'), (11, 'b');")
    assert client.execute(f"SELECT count(), max(id), max(text) FROM {table}") == [(12, 11, "none")]


@pytest.mark.parametrize(
    ("target", "code"), [("no_such_table (id)", 60), ("{table} (no_such_column)", 16), ("{table} (id", 62)]
)
def test_an_insert_that_cannot_begin_has_its_code(client: Client, table: str, target: str, code: int) -> None:
    with pytest.raises(ServerException) as refusal:
        client.execute(f"INSERT INTO {target.format(table=table)} VALUES", [(1,)])
    assert refusal.value.code == code
    assert client.execute("SELECT 1") == [(1,)]


def test_an_insert_that_fails_in_the_middle_leaves_nothing_and_the_connection_goes_on(client: Client) -> None:
    client.execute("CREATE TABLE checked (id UInt32, CONSTRAINT small CHECK id < 2500) ENGINE = MergeTree ORDER BY id")
    rows = [(n,) for n in range(50_000)]
    with pytest.raises(ServerException) as refusal:
        client.execute("INSERT INTO checked VALUES", rows, settings={"insert_block_size": 1000})
    assert refusal.value.code == 469
    assert count(client, "checked") == 0
    client.execute("INSERT INTO checked VALUES", rows[:2500])
    assert count(client, "checked") == 2500


def test_a_client_that_leaves_in_the_middle_of_an_insert_leaves_nothing(
    clickhouse: Running, client: Client, table: str
) -> None:
    leaver = clickhouse.client()

    def rows() -> Iterator[tuple[int, str]]:
        for n in range(5000):
            if n == 4000:
                leaver.disconnect()
            yield n, "x"

    with pytest.raises((OSError, AttributeError)):
        leaver.execute(f"INSERT INTO {table} (id, text) VALUES", rows(), settings={"insert_block_size": 1000})
    wait_until(lambda: clickhouse.get("/status")["running"] == 0)
    assert count(client, table) == 0


def test_eight_clients_insert_and_read_at_once(clickhouse: Running, client: Client, table: str) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            own = clickhouse.client()
            for turn in range(15):
                first = (number * 15 + turn) * 100
                own.execute(f"INSERT INTO {table} (id, text) VALUES", [(first + n, str(number)) for n in range(100)])
                mine = own.execute(f"SELECT count(), min(id) FROM {table} WHERE text = '{number}'")
                assert mine == [((turn + 1) * 100, number * 1500)]
                assert len(own.execute("SELECT number FROM numbers(20000)")) == 20_000
            own.disconnect()
        except BaseException as fault:  # seen by the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    assert client.execute(f"SELECT count(), uniqExact(id) FROM {table}") == [(12_000, 12_000)]


def test_a_stream_under_way_leaves_other_queries_whole(clickhouse: Running, client: Client) -> None:
    slow = client.execute_iter("SELECT number FROM numbers(500000)")
    taken = [next(slow) for _ in range(10)]
    assert len(clickhouse.client().execute("SELECT number FROM numbers(100000)")) == 100_000
    assert len(taken) + sum(1 for _ in slow) == 500_000


def test_datetimes_of_other_zones_keep_their_instant(client: Client) -> None:
    client.execute("CREATE TABLE zoned (at DateTime64(3, 'Asia/Tokyo')) ENGINE = Memory")
    client.execute("INSERT INTO zoned VALUES", [(MOMENT,), (MOMENT + timedelta(hours=1),)])
    assert [at.astimezone(UTC) for (at,) in client.execute("SELECT at FROM zoned")] == [
        MOMENT,
        MOMENT + timedelta(hours=1),
    ]
