"""Microseconds of an event by step, without Faust and Kafka: the pure core over a real RocksDB, in one thread.

The events are those of `worker_throughput`. What a step costs is measured by itself, over all events; the observations
that the second half is given are those that the first half made.

python -m benchmarks.worker_steps [--events 16000]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rocksdict import Options, Rdict

from benchmarks.companies import catalog
from benchmarks.figures import Figure, Goal, load, now, report
from benchmarks.worker_throughput import COMPANIES, event_records
from producers.records import KafkaRecord
from schemas.catalog import Catalog
from schemas.codec import decode_event, encode, encode_points
from schemas.config import Config
from schemas.metrics import Rollup
from schemas.observations import Observation
from stream_processors.correlate import correlate
from stream_processors.correlate.ledger import Ledger
from stream_processors.roll import Emission, Roll
from stream_processors.rollup import Members

CORRELATE = Goal("≥", 1_000)


class Disk:
    """stream_processors.state.State over one RocksDB. What it would send to a changelog is counted only."""

    def __init__(self, folder: Path) -> None:
        self._store = Rdict(str(folder), Options(raw_mode=True))
        self.written = 0

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._store.get(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        self._store.put(key, value)
        self.written += 1

    def delete(self, key: bytes) -> None:
        self._store.delete(key)
        self.written += 1

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        items: Iterator[Any] = self._store.items(from_key=start or None)
        yield from islice(items, limit)


class Step(NamedTuple):
    """What was done `times` times in `seconds`."""

    name: str
    seconds: float
    times: int


def steps(records: Sequence[KafkaRecord], catalog_of: Catalog, folder: Path) -> list[Step]:
    """Each step over all records, in the order of the corridor."""
    arrived_ms = round(time.time() * 1000)
    found: list[Step] = []

    def timed(name: str, work: Callable[[], Any], count: int | None = None) -> Any:
        began = time.perf_counter()
        result = work()
        found.append(Step(name, time.perf_counter() - began, len(result) if count is None else count))
        return result

    facts, windows, members = (Disk(folder / name) for name in ("facts", "windows", "members"))
    events = timed("decode an event", lambda: [decode_event(record.value) for record in records])
    keys = [(record.key or b"").decode() for record in records]

    def correlated() -> list[Observation]:
        observations = []
        for key, event in zip(keys, events, strict=True):
            ledger = Ledger(facts, key, arrived_ms)
            observations += correlate(event, ledger, catalog_of)
            ledger.flush()
        return observations

    observations = timed("correlate it, records read and written", correlated, len(events))
    encoded = timed("encode an observation", lambda: [encode(one) for one in observations])
    decoded = timed("decode an observation", lambda: [Observation.model_validate_json(one) for one in encoded])
    roll = Roll(windows, catalog_of)
    roll.tick(arrived_ms // 1000 * 1000)
    timed("roll it into its windows", lambda: _take_all(roll, decoded, arrived_ms), len(decoded))
    emitted = timed("a tick: points and roll-ups of a series", lambda: list(_emissions(roll, arrived_ms)))
    said = timed(
        "encode the points of a series", lambda: [encode_points(points) for one in emitted for points in one[0]]
    )
    rolled = [encode(rollup) for one in emitted for rollup in one[1]]
    teams = Members(members)
    timed("roll a series up into its team", lambda: _take_members(teams, rolled), len(rolled))
    assert len(said) == len(rolled), "each series is published once and rolled up once"
    return found


def _take_all(roll: Roll, observations: Sequence[Observation], arrived_ms: int) -> None:
    for offset, observation in enumerate(observations):
        roll.take(observation, offset, arrived_ms)


def _take_members(teams: Members, rolled: Sequence[bytes]) -> None:
    for one in rolled:
        teams.take(Rollup.model_validate_json(one))


def _emissions(roll: Roll, arrived_ms: int) -> Iterator[tuple[Any, Any]]:
    """What the ticks publish until nothing is dirty, a pair a series."""
    second = arrived_ms // 1000 + 1
    while roll.dirty:
        emission: Emission = roll.tick(second * 1000)
        second += 1
        yield from (((points,), (rollup,)) for points, rollup in zip(emission.points, emission.rollups, strict=True))


def measure(events: int = 16_000) -> list[Figure]:
    """A figure for each step, and how many events a second correlate alone would take."""
    before = load()
    services = Catalog(Config.model_validate({"services": catalog(COMPANIES)}).services)
    records = event_records(services, events, now())
    with tempfile.TemporaryDirectory() as folder:
        done = steps(records, services, Path(folder))
    figures = [Figure(f"step: {step.name}", "µs", (step.seconds / step.times * 1e6,), before) for step in done]
    alone = sum(step.seconds for step in done[:3])
    return [*figures, Figure("correlate alone, one thread", "/s", (len(records) / alone,), before, CORRELATE)]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=16_000, help="event records of a run")
    report(measure(parser.parse_args().events))


if __name__ == "__main__":
    main()
