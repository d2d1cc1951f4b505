import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client

from deploy.migrate import FOLDER, MigrationError, migrate
from schemas.config import ClickHouseConnection, Config, Connections
from stream_processors.rows import COLUMNS
from tests.embedded.clickhouse_process import PASSWORD, USER, Running
from tests.engines import itself


@pytest.fixture
def config(clickhouse: Running, request: pytest.FixtureRequest) -> Config:
    database = re.sub(r"\W", "_", request.node.name)
    server = ClickHouseConnection(port=clickhouse.port, database=database, username=USER, password=PASSWORD)
    return Config(connections=Connections(clickhouse=server))


@pytest.fixture
def client(clickhouse: Running, config: Config) -> Iterator[Client]:
    client = clickhouse.client()
    yield client
    client.disconnect()


def tables(client: Client, config: Config) -> set[str]:
    rows = client.execute(f"SELECT name FROM system.tables WHERE database = '{config.connections.clickhouse.database}'")
    return {name for (name,) in rows}


def test_the_first_run_applies_all_files_and_the_second_none(client: Client, config: Config) -> None:
    assert migrate(config, itself) == sorted(file.stem for file in FOLDER.glob("*.sql"))
    assert tables(client, config) >= {"deliveries", "events", "observations", "metrics", "dead_letters"}
    assert migrate(config, itself) == []


def test_a_file_that_came_later_is_applied_alone(client: Client, config: Config, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "sql")
    migrate(config, itself, folder)
    (folder / "9000_more.sql").write_text("ALTER TABLE events ADD COLUMN IF NOT EXISTS more String;")
    assert migrate(config, itself, folder) == ["9000_more"]


def test_a_changed_file_is_refused_with_its_remedy(config: Config, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "sql")
    migrate(config, itself, folder)
    with (folder / "0001_tables.sql").open("a") as file:
        file.write("-- changed\n")
    with pytest.raises(MigrationError, match=r"version is 1\. Restore the file as it was"):
        migrate(config, itself, folder)


def test_two_migrators_at_once_do_no_harm(client: Client, config: Config) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(config, itself)
        except MigrationError as error:  # a thread's exception would go unseen
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrate(config, itself) == []


def test_a_wrong_password_and_a_server_that_is_away_are_one_line_each(config: Config) -> None:
    with pytest.raises(MigrationError, match="did not migrate") as wrong:
        migrate(config, lambda _: "wrong")
    away = ClickHouseConnection(port=1, password="x")
    with pytest.raises(MigrationError, match=r"ClickHouse at 127\.0\.0\.1:1 did not migrate") as gone:
        migrate(Config(connections=Connections(clickhouse=away)), itself)
    assert "\n" not in str(wrong.value) + str(gone.value)


def test_the_store_fills_the_columns_of_the_tables_and_no_others(client: Client, config: Config) -> None:
    migrate(config, itself)
    database = config.connections.clickhouse.database
    for table, columns in COLUMNS.items():
        described = client.execute(f"DESCRIBE TABLE {database}.{table}")
        has_default = {name for name, _, kind, *_ in described if kind}
        assert {name for name, *_ in described} - has_default == set(columns), table


def test_final_reads_of_one_service_are_quick_and_show_each_row_once(client: Client, config: Config) -> None:
    migrate(config, itself)
    events = f"{config.connections.clickhouse.database}.events"
    fill = (
        f"INSERT INTO {events} (service, type, occurred_at, id, received_at, version) SELECT"
        " concat('s', toString(number % 50)), 'RunUpdated',"
        " toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + number * 10,"
        " toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(number), 12, '0'))), now64(3), "
    )
    for version in (1, 2):
        client.execute(f"{fill} {version} FROM numbers(200000)")
    query = f"SELECT count(), min(version) FROM {events} FINAL WHERE service = 's7' AND type = 'RunUpdated'"
    assert client.execute(query) == [(4000, 2)]
    assert client.last_query is not None
    assert client.last_query.elapsed < 1


def test_the_column_window_needs_no_quotes(client: Client, config: Config) -> None:
    migrate(config, itself)
    metrics = f"{config.connections.clickhouse.database}.metrics"
    client.execute(f"SELECT window, max(value) FROM {metrics} FINAL WHERE window = '24h' GROUP BY window")
