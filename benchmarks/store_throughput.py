"""Rows a second of one store, from Kafka to ClickHouse.

The events are on their topic before `pipegauge store` starts; what counts is the time between its first and its last
insert, by ClickHouse's own clock. Each run has a database of its own; broker, engine and store share the machine.

python -m benchmarks.store_throughput [--runs 3] [--events 150000]
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clickhouse_driver import Client

from benchmarks.figures import Figure, Goal, load, report
from benchmarks.parts import answers, broker, process, service, until
from benchmarks.worker_throughput import publish
from deploy.configuration import resolve
from deploy.embedded import ports
from deploy.make_topics import make_topics
from deploy.migrate import migrate
from producers.records import KafkaRecord
from schemas.codec import encode_event, event_headers
from schemas.config import Config
from schemas.connections import client_arguments
from schemas.deliveries import DELIVERY_HEADER
from schemas.events import Actor, Links, Origin, RunUpdated
from schemas.model import identity
from schemas.topics import EVENTS

SERVICES = 50
GOAL = Goal("≥", 20_000)
PATIENCE_S = 120
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
_TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def event_record(number: int) -> KafkaRecord:
    """The record of a finished run of one of the services."""
    id_ = str(identity("benchmark", number))
    event = RunUpdated(
        id=id_,
        source="https://github.example/acme/shop",
        origin=Origin(repository="acme/shop"),
        occurred_at=NOON + timedelta(seconds=number % 600_000),
        received_at=NOON + timedelta(days=7),
        actor=Actor(id="h:1", kind="bot"),
        url="https://github.example/run/7",
        links=Links(sha="abc", change="12"),
        run=str(number),
        attempt=1,
        pipeline="CI",
        state="finished",
        outcome="success",
    )
    headers = [*event_headers(event, event.type), (DELIVERY_HEADER, id_.encode()), _TRACE]
    return KafkaRecord(EVENTS, f"service-{number % SERVICES}".encode(), encode_event(event), headers)


@contextmanager
def engine(folder: Path) -> Iterator[tuple[int, str]]:
    """The embedded ClickHouse over `folder`, which is made; its port and password."""
    folder.mkdir(parents=True)
    port, status_port, password = ports.pick(19_000), ports.pick(19_484), secrets.token_hex(16)
    (folder / "password").write_text(password, encoding="ascii")
    arguments = ("--path", str(folder / "data"), "--port", str(port), "--status-port", str(status_port))
    access = ("--user", "pipegauge", "--password-file", str(folder / "password"))
    with process((sys.executable, "-m", "deploy.embedded.clickhouse", *arguments, *access), folder / "output"):
        until(lambda: answers(f"http://127.0.0.1:{status_port}/health/ready"), "ClickHouse")
        yield port, password


def one_run(values: dict[str, Any], events: int, folder: Path) -> float:
    """Store what is on the topics in a fresh database; rows/s."""
    config = Config.model_validate(values)
    migrate(config, resolve)
    server = config.connections.clickhouse
    client = Client(**client_arguments(server, server.password))
    with service("store", values, folder, f"http://{config.listen.store}"):
        deadline = time.monotonic() + PATIENCE_S
        while client.execute("SELECT count() FROM events")[0][0] < events:
            if time.monotonic() > deadline:
                raise SystemExit(f"not all events are stored after {PATIENCE_S} s")
            time.sleep(0.2)
    query = "SELECT min(toUnixTimestamp64Milli(stored_at)), max(toUnixTimestamp64Milli(stored_at)) FROM events"
    [[first, last]] = client.execute(query)
    [[of_first]] = client.execute(f"SELECT count() FROM events WHERE toUnixTimestamp64Milli(stored_at) = {first}")
    return float((events - of_first) / ((last - first) / 1000))


def measure(runs: int = 3, events: int = 150_000) -> list[Figure]:
    """The figures of `runs` runs, each with a broker of its own."""
    records, before, rates = [event_record(number) for number in range(events)], load(), []
    with tempfile.TemporaryDirectory() as folder, engine(Path(folder) / "clickhouse") as (port, password):
        for number in range(runs):
            own = Path(folder) / f"run-{number}"
            with broker(own / "kafka") as address:
                server = {"port": port, "password": password, "database": f"run_{number}"}
                values = {
                    "connections": {"kafka": {"brokers": [address], "partitions": 4}, "clickhouse": server},
                    "listen": {"store": f"127.0.0.1:{ports.pick(18_483)}"},
                }
                make_topics(Config.model_validate(values), resolve)
                publish(records, address)
                rates.append(one_run(values, events, own / "store"))
            print(f"run {number + 1}: {rates[-1]:,.0f}/s", flush=True)
    return [Figure("store: rows", "/s", tuple(rates), before, GOAL)]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, default=150_000)
    asked = parser.parse_args()
    report(measure(asked.runs, asked.events))


if __name__ == "__main__":
    main()
