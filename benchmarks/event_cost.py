"""What one event costs the worker, by number of services and by their history, and how much memory it takes.

The history (90 days, a run of a pipeline every three days, for each service) is written straight into the changelogs,
as the worker itself would have left it; the worker reads it back and publishes every series. Then EVENTS finished runs
arrive at once, first of ten of the services, then of all of them in turn. The figure is the worker's own CPU time until
it is at rest, less what it uses then, for each event. Everything is in it: correlate, roll, the points and roll-ups
that the events make dirty. What several events change in one second is published once, so that the events of many
services lead to more of it than those of ten.

python -m benchmarks.event_cost [--services 10 100 1000 10000] [--events 6000]
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.partitioner import murmur2
from kafka import KafkaProducer

from benchmarks.figures import Figure, load, number, report
from benchmarks.parts import broker, service, status, until
from benchmarks.worker_throughput import PARTITIONS, cpu_seconds, timed
from deploy.configuration import resolve
from deploy.embedded import ports
from deploy.make_topics import make_topics
from schemas import topics
from schemas.catalog import Catalog
from schemas.codec import encode_event, event_headers
from schemas.config import Config
from schemas.events import Origin, RunUpdated, event_id
from stream_processors.correlate import correlate
from stream_processors.correlate.ledger import Ledger
from stream_processors.metrics import METRICS
from stream_processors.slots import IDS, apply

SERVICES = (10, 100, 1_000, 10_000)
HISTORY = timedelta(days=90)
EVERY = timedelta(days=3)
FEW = 10
REST_S = 10
START_S = 1_500
"""So long may a worker read back the past of all its services."""
TEMPLATE = "service-00000"


class Cost(NamedTuple):
    """One row of the table."""

    services: int
    runs_before: int
    of_ten_us: float
    of_all_us: float
    recovery_s: float
    megabytes: float
    at_rest: float


class Memory(dict[bytes, bytes]):
    """stream_processors.state.State in a dictionary."""

    def put(self, key: bytes, value: bytes) -> None:
        self[key] = value

    def delete(self, key: bytes) -> None:
        self.pop(key, None)

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        raise NotImplementedError("history is only written")


def finished_run(name: str, run: int, ended_ms: int) -> RunUpdated:
    """A run of seven minutes of the service `name`."""
    end = datetime.fromtimestamp(ended_ms / 1000, UTC)
    source = f"https://ci.example.org/{name}"
    return RunUpdated(
        id=event_id(source, "RunUpdated", str(run), 1, "finished", end.isoformat()),
        source=source,
        origin=Origin(repository=name),
        occurred_at=end,
        received_at=end,
        run=str(run),
        attempt=1,
        pipeline="build",
        state="finished",
        outcome="success",
        started_at=end - timedelta(minutes=7),
        finished_at=end,
    )


def history(end_ms: int) -> tuple[Memory, Memory, int]:
    """The facts and windows of one service with its whole past, and how many runs that was."""
    facts, windows, runs, offset = Memory(), Memory(), 0, 0
    catalog = Catalog(())
    at = end_ms - int(HISTORY.total_seconds() * 1000)
    while at < end_ms:
        event = finished_run(TEMPLATE, runs, at)
        ledger = Ledger(facts, TEMPLATE, at)
        for observation in correlate(event, ledger, catalog):
            apply(observation, METRICS[observation.metric].kind, offset, at, windows)
            offset += 1
        ledger.flush()
        runs, at = runs + 1, at + int(EVERY.total_seconds() * 1000)
    return facts, windows, runs


def write_history(address: str, services: int, end_ms: int) -> int:
    """Put the past of every service into the changelogs; how many runs each has."""
    facts, windows, runs = history(end_ms)
    producer = KafkaProducer(bootstrap_servers=address, acks="all", batch_size=1 << 20, linger_ms=50)
    for index in range(services):
        name = service_name(index)
        partition = _partition_of(name)
        for table, state in (("facts", facts), ("windows", windows)):
            for key, value in state.items():
                producer.send(topics.changelog(table), *_of_service(key, value, name), partition=partition)
    producer.flush()
    producer.close()
    return runs


def _of_service(key: bytes, value: bytes, name: str) -> tuple[bytes, bytes]:
    """Value and key of the template's record as one of another service (an observation's id is of no service)."""
    renamed = key.replace(TEMPLATE.encode(), name.encode())
    return value, renamed + name.encode() if key.startswith(IDS) else renamed


def _partition_of(name: str) -> int:
    """Where Kafka's own partitioner puts the events of a service, and so where its tables are."""
    return int((murmur2(name.encode()) & 0x7FFFFFFF) % PARTITIONS)


def service_name(index: int) -> str:
    """The name of a service, as long as that of any other."""
    return f"service-{index + 1:05d}"


def publish_runs(address: str, services: int, events: int, first: int) -> None:
    """Finished runs, numbered from `first` on, evenly over the services."""
    producer = KafkaProducer(bootstrap_servers=address, acks="all", batch_size=1 << 20, linger_ms=20)
    ended_ms = round(time.time() * 1000)
    for count in range(events):
        name = service_name(count % services)
        event = finished_run(name, 1_000_000 + first + count, ended_ms)
        producer.send(topics.EVENTS, encode_event(event), name.encode(), event_headers(event, event.type))
    producer.flush()
    producer.close()


def one_run(services: int, events: int, folder: Path) -> Cost:
    """The cost with `services`, each with its past."""
    with broker(folder / "kafka") as address:
        port = ports.pick(18_482)
        url = f"http://127.0.0.1:{port}"
        values: dict[str, Any] = {
            "connections": {"kafka": {"brokers": [address], "partitions": PARTITIONS}},
            "listen": {"worker": f"127.0.0.1:{port}"},
        }
        make_topics(Config.model_validate(values), resolve)
        runs = write_history(address, services, round(time.time() * 1000))
        began = time.monotonic()
        with service("work", values, folder / "worker", url, START_S) as worker:
            until(lambda: not status(f"{url}/status")["dirty"], "the worker's first rest", 0.5, START_S)
            recovered = time.monotonic() - began
            time.sleep(REST_S)  # the teams' sums
            idle = -cpu_seconds(worker.pid)
            time.sleep(REST_S)
            idle += cpu_seconds(worker.pid)

            def microseconds(of: int, first: int) -> float:
                began, used = time.monotonic(), -cpu_seconds(worker.pid)
                publish_runs(address, of, events, first)
                timed(address, [f"{url}/status"], [worker.pid])
                used += cpu_seconds(worker.pid) - idle / REST_S * (time.monotonic() - began)
                return used / events * 1e6

            of_ten, of_all = microseconds(FEW, 0), microseconds(services, events)
            memory = next(
                int(line.split()[1]) / 1_000
                for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines()
                if line.startswith("VmRSS")
            )
            return Cost(services, runs, of_ten, of_all, recovered, memory, idle / REST_S)


def measure(services: tuple[int, ...] = SERVICES, events: int = 6_000) -> list[Figure]:
    """A row for each number of services."""
    before, figures = load(), []
    for count in services:
        with tempfile.TemporaryDirectory() as folder:
            cost = one_run(count, events, Path(folder))
        print(
            f"{count:,} services, {cost.runs_before} runs of 90 days each: {number(cost.of_ten_us)} µs of CPU an event"
            f" of ten, {number(cost.of_all_us)} µs of all, {number(cost.megabytes)} MB,"
            f" at rest after {number(cost.recovery_s)} s, {cost.at_rest:.0%} of a core when idle",
            flush=True,
        )
        figures += [
            Figure(f"{count:,} services, 90 days: CPU of an event of ten", "µs", (cost.of_ten_us,), before),
            Figure(f"{count:,} services, 90 days: CPU of an event of all", "µs", (cost.of_all_us,), before),
            Figure(f"{count:,} services, 90 days: memory of the worker", "MB", (cost.megabytes,), before),
            Figure(f"{count:,} services, 90 days: start until at rest", "s", (cost.recovery_s,), before),
        ]
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, nargs="+", default=SERVICES)
    parser.add_argument("--events", type=int, default=6_000)
    asked = parser.parse_args()
    report(measure(tuple(asked.services), asked.events))


if __name__ == "__main__":
    main()
