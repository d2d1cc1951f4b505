"""A world for stores: the engines with topics and tables made, a producer, and stores that their tests start."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_driver import Client
from kafka import KafkaProducer

from deploy.make_topics import make_topics
from deploy.migrate import migrate
from schemas.config import Config
from schemas.topics import MAX_RECORD_BYTES
from tests.embedded.clickhouse_process import Running
from tests.engines import config_of, itself
from tests.stream_processors.records import event_record, run

REPOSITORY = Path(__file__).parents[2]


class World:
    """The engines with topics and tables made, a producer, and stores that are started by their tests."""

    def __init__(self, kafka: str, clickhouse: Running, database: str, folder: Path) -> None:
        self.config = config_of(kafka, clickhouse, database)
        make_topics(self.config, itself)
        migrate(self.config, itself)
        self.client: Client = clickhouse.client(database=database)
        self.producer: Any = KafkaProducer(
            bootstrap_servers=kafka, acks="all", max_request_size=MAX_RECORD_BYTES, linger_ms=5
        )
        self.folder = folder
        self.stores: list[subprocess.Popen[bytes]] = []

    def store(self, fail_at: str = "", config: Config | None = None) -> subprocess.Popen[bytes]:
        argv = (
            sys.executable,
            "-m",
            "tests.stream_processors.store_process",
            (config or self.config).model_dump_json(),
        )
        environment = {**os.environ, "PIPEGAUGE_FAIL_AT": fail_at}
        with (self.folder / "store.log").open("ab") as log:
            self.stores.append(
                subprocess.Popen(
                    ("timeout", "-k", "5", "120", *argv), cwd=REPOSITORY, stdout=log, stderr=log, env=environment
                )
            )
        return self.stores[-1]

    def send(self, topic: str, *records: tuple[bytes, bytes, Any]) -> None:
        sent = [self.producer.send(topic, value, key, headers) for key, value, headers in records]
        for future in sent:
            future.get(timeout=20)

    def count(self, table: str, final: str = "FINAL") -> int:
        [[found]] = self.client.execute(f"SELECT count() FROM {table} {final}")
        return int(found)

    def status(self, path: str = "/status") -> Any:
        try:
            with urllib.request.urlopen(f"http://{self.config.listen.store}{path}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:  # 503 is an answer too
            return json.load(error)
        except OSError:  # not listening (yet)
            return {}

    def log(self) -> str:
        return (self.folder / "store.log").read_text()

    def is_idle(self) -> bool:
        lag = self.status().get("lag")
        return bool(lag) and set(lag.values()) == {0}


@pytest.fixture
def make_world(kafka: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[Running], World]]:
    made: list[World] = []

    def make(clickhouse: Running) -> World:
        made.append(World(kafka, clickhouse, re.sub(r"\W", "_", request.node.name), tmp_path))
        return made[-1]

    yield make
    for world in made:
        world.producer.close()
        for store in world.stores:
            store.terminate()
            store.wait(20)


@pytest.fixture
def world(make_world: Callable[[Running], World], clickhouse: Running) -> World:
    return make_world(clickhouse)


def events(*numbers: int) -> list[tuple[bytes, bytes, Any]]:
    return [event_record(run(number)) for number in numbers]
