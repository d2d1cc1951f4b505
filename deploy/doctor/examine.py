"""All checks at once, each bounded in time; what a missing server cannot answer is said once."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from clickhouse_driver.errors import Error as ClickHouseError
from kafka.errors import KafkaError

from deploy.configuration import SecretError, resolve
from deploy.doctor import ask_clickhouse, ask_kafka, ask_machine, clickhouse, kafka, machine
from deploy.doctor.check import Check, fail, ok
from deploy.doctor.clickhouse import ClickHouseSeen
from deploy.doctor.kafka import KafkaSeen
from deploy.doctor.machine import ProcessSeen
from deploy.rebuild import marker
from deploy.telemetry import installed_version
from grafana.teams import service_rows
from schemas import topics
from schemas.config import Config
from schemas.connections import client_arguments, kafka_arguments
from stream_processors.rows import STORED_TOPICS
from stream_processors.store import GROUP

WITHIN_S = 15.0
"""All questions together; each server is given a few seconds for each of its own."""
WORKER_READS = (topics.EVENTS, topics.OBSERVATIONS, topics.ROLLUPS, topics.METRICS)

Found = TypeVar("Found")


class _Asking(Generic[Found]):
    """A question asked in a thread of its own, which may be left behind when it takes too long."""

    def __init__(self, ask: Callable[[], Found]) -> None:
        self.found: Found | None = None
        self.error: Exception | None = None
        self._ask = ask
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, until: float) -> None:
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._thread.is_alive():
            self.error = TimeoutError(f"no answer within {WITHIN_S:.0f} s")

    def _run(self) -> None:
        try:
            self.found = self._ask()
        except (KafkaError, ClickHouseError, SecretError, OSError, EOFError, ValueError) as error:
            self.error = error  # the line of this server says it


def examine(config: Config, data: Path) -> list[Check]:
    """Every check of `config`, in the order in which faults follow from each other."""
    until = time.monotonic() + WITHIN_S
    asking_kafka = _Asking(lambda: ask_kafka.ask(_kafka(config)))
    asking_clickhouse = _Asking(lambda: _ask_clickhouse(config))
    addresses = ask_machine.addresses(config, data)
    asking = [_Asking(partial(ask_machine.process, name, address)) for name, address in addresses.items()]
    checks = list(_of_this_machine(config, data))
    asked: list[_Asking[Any]] = [asking_kafka, asking_clickhouse, *asking]
    for one in asked:
        one.wait(until)
    seen = [
        process.found or ProcessSeen(name, address, None, False)
        for process, (name, address) in zip(asking, addresses.items(), strict=True)
    ]
    checks += _of_kafka(config, asking_kafka, asking_clickhouse.found)
    checks += _of_clickhouse(config, asking_clickhouse)
    is_stack = (data / "endpoints.json").exists()
    checks += [machine.process_check(one, installed_version(), is_stack) for one in seen]
    if any(one.status is not None for one in seen):
        checks.append(machine.freshness_check(seen))
    return checks


def _kafka(config: Config) -> dict[str, Any]:
    connection = config.connections.kafka
    return kafka_arguments(connection, resolve(connection.sasl.password) if connection.sasl else None)


def _ask_clickhouse(config: Config) -> ClickHouseSeen:
    connection = config.connections.clickhouse
    arguments = client_arguments(connection, resolve(connection.password))
    return ask_clickhouse.ask(connection, arguments, tuple(service.name for service in config.services))


def _of_this_machine(config: Config, data: Path) -> Iterator[Check]:
    yield ok("configuration", f"sound: {len(config.services)} services, {len(config.sources)} sources")
    yield machine.secrets_check(len(set(ask_machine.references(config))), ask_machine.unreadable(config, resolve))
    yield from (machine.disk_check(space) for space in ask_machine.spaces(data))
    count, size = ask_machine.spooled(data) or (0, 0)
    yield machine.spool_check(count, size, config.gateway.spool_max_bytes)
    yield machine.rebuild_check(marker.begun(data))


def _of_kafka(config: Config, asking: _Asking[KafkaSeen], stored: ClickHouseSeen | None) -> Iterator[Check]:
    where = f"at {', '.join(config.connections.kafka.brokers)}"
    seen = asking.found
    if seen is None:
        said = f"{where} cannot be asked ({_in_words(asking.error)})"
        yield fail("Kafka", said, "start it (`pipegauge up`), or correct connections.kafka")
        return
    yield ok("Kafka", f"{seen.version} {where}, {seen.brokers} broker(s)")
    yield kafka.topics_check(seen, config.connections.kafka.partitions)
    yield kafka.changelog_check(seen, topics.APP_ID, stored.remembered if stored else None)
    yield kafka.lag_check(seen, topics.APP_ID, "worker", WORKER_READS)
    yield kafka.lag_check(seen, GROUP, "store", STORED_TOPICS)
    yield kafka.clock_check(seen.tick, time.time())


def _of_clickhouse(config: Config, asking: _Asking[ClickHouseSeen]) -> Iterator[Check]:
    connection = config.connections.clickhouse
    where = f"at {connection.host}:{connection.port}"
    seen = asking.found
    if seen is None:
        said = f"{where} cannot be asked ({_in_words(asking.error)})"
        yield fail("ClickHouse", said, "start it (`pipegauge up`), or correct connections.clickhouse")
        return
    yield ok("ClickHouse", f"{seen.version} {where}")
    yield clickhouse.migrations_check(ask_clickhouse.shipped(), seen.applied)
    if not seen.applied:
        return
    expected = frozenset((service, since, team) for service, since, team, _ in service_rows(config.services, 0))
    yield clickhouse.write_check(seen, connection.username)
    yield clickhouse.teams_check(expected, seen.teams)
    yield clickhouse.unclaimed_check(seen.unclaimed)
    yield clickhouse.letters_check(seen.letters)
    yield clickhouse.clock_check(seen.ahead_s)


def _in_words(error: Exception | None) -> str:
    said = str(error or "").split("Stack trace")[0].strip().replace("\n", " ")
    return said[:200] or type(error).__name__
