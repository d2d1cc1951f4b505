from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.migrate import migrate
from schemas.config import Config
from tests.embedded.clickhouse_process import Running, start
from tests.grafana.board_process import Board, config_for, start_board
from tests.grafana.fortnight import Rows, fortnight


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def rows(now: datetime) -> Rows:
    return fortnight(now)


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.kill()


@pytest.fixture(scope="session")
def full_config(clickhouse: Running, rows: Rows) -> Config:
    """A database that holds the fortnight, everything twice: what was stored again must not show."""
    config = config_for(clickhouse, "full")
    migrate(config, lambda secret: secret)
    client = clickhouse.client(database="full")
    for table, values in [*rows.tables(), *rows.tables()]:
        client.execute(f"INSERT INTO {table} ({', '.join(values[0])}) VALUES", values)
    client.disconnect()
    return config


@pytest.fixture(scope="session")
def empty_config(clickhouse: Running) -> Config:
    config = config_for(clickhouse, "empty")
    migrate(config, lambda secret: secret)
    return config


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("board")


@pytest.fixture(scope="session")
def full_board(full_config: Config, logs: Path) -> Iterator[Board]:
    board = start_board(full_config, logs / "full.log")
    yield board
    board.process.kill()
    board.process.wait(10)


@pytest.fixture(scope="session")
def empty_board(empty_config: Config, logs: Path) -> Iterator[Board]:
    board = start_board(empty_config, logs / "empty.log")
    yield board
    board.process.kill()
    board.process.wait(10)
