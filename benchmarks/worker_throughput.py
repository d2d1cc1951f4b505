"""Events a second of one worker with everything in it: correlate, roll, roll-up and their changelogs.

The events of 17 simulated companies (51 services, ten teams) are on their topic before `pipegauge work` starts. What
counts is the time from its first commit to the last: no lag of events, observations and rollups, and nothing dirty.
Each run has a broker and a worker of its own; both share the machine.

python -m benchmarks.worker_throughput [--runs 3] [--events 16000]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from benchmarks.companies import catalog, deliveries_of
from benchmarks.figures import Figure, Goal, load, now, report
from benchmarks.parts import broker, service, status
from deploy.configuration import resolve
from deploy.embedded import ports
from deploy.make_topics import make_topics
from producers.gateway import take_in
from producers.records import KafkaRecord
from producers.registry import find_source
from schemas import topics
from schemas.catalog import Catalog
from schemas.config import Config, SourceSettings
from schemas.deliveries import Delivery
from stream_processors.lag import Lag

COMPANIES = 17
GOAL = Goal("≥", 600)
PATIENCE_S = 150
STILL_S = 2.5
"""It must stay at rest for so long: a record may be between two topics at the very moment of asking."""

_READ = (topics.EVENTS, topics.OBSERVATIONS, topics.ROLLUPS)
PARTITIONS = 4
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"  # as the gateway writes it without a collector


@dataclass(frozen=True)
class Run:
    """One run: what was done between the first commit and the last, in how long, and the worker's CPU time."""

    events: int
    observations: int
    seconds: float
    cpu_seconds: float


def event_records(catalog_of: Catalog, count: int, end: datetime) -> list[KafkaRecord]:
    """The first `count` event records of the companies' deliveries, as the gateway makes them."""
    return [record for _, record in zip(range(count), _event_records(catalog_of, end), strict=False)]


def _event_records(catalog_of: Catalog, end: datetime) -> Iterator[KafkaRecord]:
    source, settings = find_source("github"), SourceSettings(unsigned=True)
    for event, body in deliveries_of(COMPANIES, end):
        headers = {"content-type": "application/json", "x-github-event": event}
        delivery = Delivery("github", headers, body, None, end)
        intake = take_in(delivery, source, (), settings, catalog_of, b"a salt", TRACE)
        yield from (record for record in intake.records if record.topic == topics.EVENTS)


def one_run(records: Sequence[KafkaRecord], folder: Path) -> Run:
    """Publish, work, and wait for the last commit."""
    with broker(folder / "kafka") as address:
        port = ports.pick(18_482)
        values: dict[str, Any] = {
            "services": catalog(COMPANIES),
            "connections": {"kafka": {"brokers": [address], "partitions": PARTITIONS}},
            "listen": {"worker": f"127.0.0.1:{port}"},
        }
        make_topics(Config.model_validate(values), resolve)
        publish(records, address)
        url = f"http://127.0.0.1:{port}"
        with service("work", values, folder / "worker", url) as worker:
            return timed(address, [f"{url}/status"], [worker.pid])


def publish(records: Sequence[KafkaRecord], address: str) -> None:
    """Put records on their topics, in order, and wait until the broker has them."""
    producer = KafkaProducer(bootstrap_servers=address, acks="all", batch_size=1 << 20, linger_ms=20)
    for record in records:
        producer.send(record.topic, record.value, record.key, record.headers)
    producer.flush()
    producer.close()


def timed(address: str, status_urls: Sequence[str], pids: Sequence[int]) -> Run:
    """Wait from the first commit to the last, as the broker at `address` tells: what the workers did meanwhile."""
    with closing(Lag(topics.APP_ID, _READ, PARTITIONS, bootstrap_servers=address)) as lag:
        return _timed(lag, status_urls, pids)


def _timed(lag: Lag, status_urls: Sequence[str], pids: Sequence[int]) -> Run:
    deadline = time.monotonic() + PATIENCE_S
    first = _done(lag)
    while not first[topics.EVENTS]:
        first = _done(lag)
    began, cpu = time.monotonic(), sum(map(cpu_seconds, pids))
    ended: float | None = None
    while ended is None or time.monotonic() - ended < STILL_S:
        if any(lag.by_topic().values()) or any(status(url)["dirty"] for url in status_urls):
            ended = None
        elif ended is None:
            ended = time.monotonic()
        if time.monotonic() > deadline:
            raise SystemExit(f"the worker is still behind after {PATIENCE_S} s: {lag.by_topic()}")
        time.sleep(0.2)
    seconds = ended - began
    last = _done(lag)
    events, observations = (last[topic] - first[topic] for topic in (topics.EVENTS, topics.OBSERVATIONS))
    return Run(events, observations, seconds, sum(map(cpu_seconds, pids)) - cpu)


def _done(lag: Lag) -> dict[str, int]:
    """Records committed by topic."""
    done = dict.fromkeys(_READ, 0)
    for (topic, _), position in lag.positions().items():
        done[topic] += position.done
    return done


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(runs: int = 3, events: int = 16_000) -> list[Figure]:
    """The figures of `runs` runs."""
    records = event_records(Catalog(Config.model_validate({"services": catalog(COMPANIES)}).services), events, now())
    before, done = load(), []
    for number in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            done.append(one_run(records, Path(folder)))
        print(f"run {number + 1}: {done[-1]}", flush=True)
    rates = tuple(run.events / run.seconds for run in done)
    observed = tuple(run.observations / run.seconds for run in done)
    return [
        Figure("worker: events", "/s", rates, before, GOAL),
        Figure("worker: observations", "/s", observed, before),
        Figure(
            "worker: CPU a thousand events", "s", tuple(run.cpu_seconds / run.events * 1000 for run in done), before
        ),
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, default=16_000, help="event records of a run")
    asked = parser.parse_args()
    report(measure(asked.runs, asked.events))


if __name__ == "__main__":
    main()
