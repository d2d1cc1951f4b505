from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clickhouse_driver import Client

from tests.embedded.clickhouse_process import Running, start


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for the tests that do not end it."""
    running = start(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.kill()


@pytest.fixture
def client(clickhouse: Running) -> Iterator[Client]:
    client = clickhouse.client()
    yield client
    client.disconnect()


@pytest.fixture
def start_clickhouse(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts servers over one data folder; what is still running at the end is killed."""
    started: list[Running] = []

    def begin() -> Running:
        started.append(start(tmp_path))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.kill()
