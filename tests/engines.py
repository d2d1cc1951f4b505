"""The real engines for tests: an embedded broker and an embedded ClickHouse, each in processes of their own."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.embedded import ports
from deploy.embedded.kafka import Broker, command, is_ready, prepare
from deploy.embedded.kafka_jars import fetch_jars
from schemas.config import ClickHouseConnection, Config, Connections, KafkaConnection, Listen
from tests.embedded.clickhouse_process import PASSWORD, USER, Running, start, wait_until
from tests.embedded.clickhouse_process import command as clickhouse_command

BROKER_SECONDS = 60


def free_port() -> int:
    """A port of the loopback that nobody listens on, and that no outgoing connection takes while its server is away."""
    return ports.pick(0)


@contextmanager
def running_kafka(folder: Path) -> Iterator[str]:
    """A broker over `folder`; its address."""
    broker = Broker(folder, fetch_jars(), free_port(), free_port())
    prepare(broker)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(("timeout", "-k", "5", "1500", *command(broker)), stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + BROKER_SECONDS
        while not is_ready(broker):
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < deadline, "the broker did not become ready"
            time.sleep(0.1)
        yield broker.address
    finally:
        process.terminate()
        process.wait(20)


def config_of(kafka: str, clickhouse: Running, database: str) -> Config:
    """A configuration for the two engines; its secret is the password itself."""
    server = ClickHouseConnection(port=clickhouse.port, database=database, username=USER, password=PASSWORD)
    connections = Connections(kafka=KafkaConnection(brokers=(kafka,), partitions=2), clickhouse=server)
    return Config(connections=connections, listen=Listen(store=f"127.0.0.1:{free_port()}"))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_kafka(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.kill()


def start_again(folder: Path, before: Running) -> Running:
    """The ClickHouse that `start` had started over `folder`, on the port that it had."""
    argv = clickhouse_command(folder / "data", folder / "password", "--port", str(before.port))
    with before.log_file.open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    again = Running(process, before.port, before.status_port, before.log_file)
    wait_until(lambda: _answers(before.port), 30)
    return again


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:  # not yet
        return False
    return True


def itself(reference: str) -> str:
    """Resolves a secret to the very text of the reference."""
    return reference


def eventually(is_true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.05)
