"""Events a second of one worker and of two, on the same events: workers start first, then the events arrive at once.

Two workers divide the partitions between them; all share two cores with the broker, so that a second worker has less
than a core for itself.

python -m benchmarks.worker_scaling [--events 24000]
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.companies import catalog
from benchmarks.figures import Figure, load, now, report
from benchmarks.parts import broker, service, status, until
from benchmarks.worker_throughput import COMPANIES, PARTITIONS, Run, event_records, publish, timed
from deploy.configuration import resolve
from deploy.embedded import ports
from deploy.make_topics import make_topics
from producers.records import KafkaRecord
from schemas.catalog import Catalog
from schemas.config import Config


def one_run(records: Sequence[KafkaRecord], workers: int, folder: Path) -> Run:
    """Start `workers`, wait until each holds its share of the partitions, publish, and wait for the last commit."""
    with broker(folder / "kafka") as address, ExitStack() as running:
        values: dict[str, Any] = {
            "services": catalog(COMPANIES),
            "connections": {"kafka": {"brokers": [address], "partitions": PARTITIONS}},
        }
        make_topics(Config.model_validate(values), resolve)
        urls, pids = [], []
        for number in range(workers):
            port = ports.pick(18_482 + number)
            urls.append(f"http://127.0.0.1:{port}")
            own = values | {"listen": {"worker": f"127.0.0.1:{port}"}}
            pids.append(running.enter_context(service("work", own, folder / f"worker-{number}", urls[-1])).pid)
        until(lambda: all(_holds(url, PARTITIONS // workers) for url in urls), "each worker's share")
        publish(records, address)
        return timed(address, [f"{url}/status" for url in urls], pids)


def _holds(url: str, partitions: int) -> bool:
    return len(status(f"{url}/status")["partitions"]) == partitions


def measure(events: int = 24_000) -> list[Figure]:
    """Events a second by number of workers, one run each."""
    records = event_records(Catalog(Config.model_validate({"services": catalog(COMPANIES)}).services), events, now())
    before, figures = load(), []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            run = one_run(records, workers, Path(folder))
        print(f"{workers} worker(s): {run}", flush=True)
        figures.append(Figure(f"{workers} worker(s): events", "/s", (run.events / run.seconds,), before))
        time.sleep(1)
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=24_000)
    report(measure(parser.parse_args().events))


if __name__ == "__main__":
    main()
