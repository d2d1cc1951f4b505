"""The user of embedded ClickHouse that may only read: Grafana's, whose pages let people write SQL of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.reader import refuse_more_than_reading
from tests.embedded.clickhouse_process import PASSWORD, READER, READER_PASSWORD, Running


@pytest.fixture(scope="module")
def table(clickhouse: Running) -> str:
    client = clickhouse.client()
    client.execute("CREATE TABLE IF NOT EXISTS default.read_me (a Int32, b String) ENGINE = MergeTree ORDER BY a")
    client.execute("INSERT INTO default.read_me VALUES", [(1, "x")])
    return "read_me"


@pytest.fixture
def reader(clickhouse: Running, table: str) -> Iterator[Client]:
    client = clickhouse.client(user=READER, password=READER_PASSWORD, database="default")
    yield client
    client.disconnect()


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("outside") / "secret.csv"
    file.write_text("hush,hush\n")
    return file


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a, b FROM read_me",
        "  -- a comment with 'one quote\n SELECT a AS \"file name\" FROM read_me WHERE b != 'file(x)'",
        "WITH 2 AS two SELECT two * a FROM read_me",
        "(SELECT a FROM read_me) UNION ALL (SELECT toInt32(number) FROM numbers(2))",
        "SELECT format('{}', b) FROM merge('default', 'read_me')",
        "SHOW TABLES",
        "SHOW CREATE TABLE read_me",
        "DESCRIBE TABLE read_me",
        "EXISTS TABLE read_me",
        "EXPLAIN SELECT a FROM read_me",
        "SELECT name, type FROM system.columns WHERE table = 'read_me'",
        "SELECT 'é “quoted”' AS `é`",
    ],
)
def test_a_reader_reads(reader: Client, sql: str) -> None:
    assert reader.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (a Int32) ENGINE = Memory",
        "CREATE TEMPORARY TABLE mine (a Int32)",
        "DROP TABLE read_me",
        "ALTER TABLE read_me DELETE WHERE 1",
        "TRUNCATE TABLE read_me",
        "INSERT INTO read_me SELECT 2, 'y'",
        "OPTIMIZE TABLE read_me",
        "SYSTEM FLUSH LOGS",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "USE system",
        "SELECT 1 SETTINGS readonly = 0",
        "",
    ],
)
def test_a_reader_changes_nothing(reader: Client, sql: str) -> None:
    with pytest.raises(ServerException) as refusal:
        reader.execute(sql)
    assert refusal.value.code in (164, 62)
    assert reader.execute("SELECT count() FROM read_me") == [(1,)]


def test_a_reader_inserts_no_blocks_and_its_connection_goes_on(reader: Client) -> None:
    with pytest.raises(ServerException) as refusal:
        reader.execute("INSERT INTO read_me VALUES", [(2, "y")])
    assert refusal.value.code == 164
    assert reader.execute("SELECT a FROM read_me") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT file('{}')",
        "SELECT file/**/('{}')",
        "SELECT `file`('{}')",
        "SELECT \"fi\\x6ce\"('{}')",
        "SELECT “file”('{}')",
        "SELECT ‘'’, file(‘{}’), ‘'’",
        "SELECT arrayMap(file, ['{}'])",
        "SELECT * APPLY file FROM (SELECT '{}')",
        "SELECT * APPLY(file) FROM (SELECT '{}')",
        "SELECT * FROM file('{}', CSV)",
        "SELECT * FROM FILE('{}', CSV)",
        "SELECT * FROM file\u00a0('{}', CSV)",
        "SELECT * FROM `{}`",
        "SELECT * FROM '{}'",
        "DESCRIBE file('{}')",
        "WITH x AS (SELECT * FROM file('{}', CSV)) SELECT * FROM x",
        "SELECT * FROM view(SELECT * FROM file('{}', CSV))",
        "EXPLAIN SELECT * FROM file('{}', CSV)",
        "SELECT * FROM eval('SELECT 1')",
        "SELECT 1; SELECT file('{}')",
        "SELECT 1 INTO OUTFILE '{}.out'",
        "SELECT 1 INTO/**/OUTFILE '{}.out' FORMAT CSV",
        "SELECT * FROM url('http://127.0.0.1:1/', CSV)",
        "DESCRIBE s3('http://127.0.0.1:1/bucket/key', CSV)",
        "SELECT * FROM remote('127.0.0.1:1', default, read_me)",
        "SELECT * FROM remoteSecure('127.0.0.1:1', default, read_me)",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM executable('cat', CSV, 'a String')",
        "SELECT * FROM sqlite('{}', 'x')",
    ],
)
def test_a_reader_reaches_neither_files_nor_other_servers(reader: Client, secret: Path, sql: str) -> None:
    with pytest.raises(ServerException) as refusal:
        reader.execute(sql.replace("{}", str(secret)))
    assert refusal.value.code in (164, 497)
    assert "hush" not in str(refusal.value)
    assert [file.name for file in secret.parent.iterdir()] == ["secret.csv"]


def test_only_the_time_limit_may_be_set_and_it_holds(reader: Client) -> None:
    assert reader.execute("SELECT 1", settings={"max_execution_time": 30}) == [(1,)]
    assert reader.execute("SELECT currentDatabase(), getSetting('readonly')") == [("default", 1)]
    with pytest.raises(ServerException) as too_slow:
        reader.execute("SELECT count() FROM numbers(1000000000000)", settings={"max_execution_time": 1})
    assert too_slow.value.code == 159
    for setting in ("readonly", "max_memory_usage"):
        with pytest.raises(ServerException) as refusal:
            reader.execute("SELECT 1", settings={setting: 0})
        assert refusal.value.code == 164


def test_each_user_has_a_password_of_its_own(clickhouse: Running) -> None:
    for user, password in ((READER, PASSWORD), (READER, "")):
        with pytest.raises(ServerException) as refusal:
            clickhouse.client(user=user, password=password).execute("SELECT 1")
        assert refusal.value.code == 516


@pytest.mark.parametrize(
    "text", ["SELECT file('x), 'unclosed", "SELECT /* unclosed file('x')", "SELECT $a$, file('x')"]
)
def test_what_is_never_closed_hides_nothing(text: str) -> None:
    with pytest.raises(EngineError, match="file is refused"):
        refuse_more_than_reading(text, frozenset({"file"}))
