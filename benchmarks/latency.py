"""How soon a webhook is a row, and a changed number. Client, `pipegauge up` and all its parts share the machine.

Webhook → event row: simulated deliveries at 100/s for 30 s. From the client's time before it sends to `stored_at`,
ClickHouse's own time of the insert, of the last of the delivery's events: one machine, one clock. A row is visible when
its insert is done, a little after `stored_at`; how much is measured too: every half second one of the deliveries is
looked for with SELECT until it is found.

Webhook → changed number: a finished workflow run of a repository never seen before, from the client's time before it
sends until SELECT finds its service's `pipeline_duration` with a sample size of 1; 30 times while 20/s go on.

python -m benchmarks.latency [--seconds 30] [--numbers 30]
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from clickhouse_driver import Client

from benchmarks.companies import deliveries_of
from benchmarks.figures import Figure, Goal, load, quantile, report
from benchmarks.github_bodies import REPOSITORY, bodies
from benchmarks.paced import Posted, Poster
from benchmarks.stack import SECRET, Stack, stack

COMPANIES = 4
RATE, BACKGROUND_RATE = 100.0, 20.0
PARTS = 3
"""The samples of a percentile: the deliveries in as many parts, in the order of time."""

WARM_UP = 300
ROW_P50, ROW_P99, NUMBER_P50 = Goal("<", 0.5), Goal("<", 1.5), Goal("<", 2)
BODY_BYTES = 20_000
PATIENCE_S = 20
STORED = "SELECT toString(id), max(toUnixTimestamp64Milli(stored_at)) / 1000 FROM events GROUP BY id"
ROWS = "SELECT count() FROM events WHERE id = %(id)s"
NUMBER = (
    "SELECT max(sample_size) FROM metrics FINAL WHERE scope_kind = 'service' AND scope = %(service)s"
    " AND metric = 'pipeline_duration' AND part = 'build' AND window = '24h'"
)


def rows(running: Stack, planned: Sequence[tuple[str, bytes]], before: float) -> list[Figure]:
    """Webhook → event row: p50 and p99 at 100/s."""
    poster, stop = Poster(running.gateway_port, SECRET), threading.Event()
    with ThreadPoolExecutor(2) as threads:
        looked = threads.submit(_look_for_rows, running, poster, stop)
        posted = threads.submit(poster.post_all, planned, RATE, threading.Event()).result()
        stop.set()
        seen = looked.result()
    events = [one for one in posted if one.events]
    running.settle(0)
    stored: dict[str, float] = dict(running.clickhouse().execute(STORED))
    latencies = [max(stored[event] for event in one.events) - one.sent_at for one in events]
    answers = [one.answered_at - one.sent_at for one in posted]
    later = [at - stored[one.events[-1]] for one, at in seen]
    size = -(-len(latencies) // PARTS)
    parts = [latencies[at : at + size] for at in range(0, len(latencies), size)]
    rate = len(posted) / (max(one.sent_at for one in posted) - min(one.sent_at for one in posted))
    print(f"posted {len(posted):,} deliveries at {rate:.0f}/s, {len(events):,} of them with events", flush=True)
    visible = tuple(at - one.sent_at for one, at in seen)
    return [
        Figure("webhook → event row, p50", "s", tuple(quantile(part, 0.5) for part in parts), before, ROW_P50),
        Figure("webhook → event row, p99", "s", tuple(quantile(part, 0.99) for part in parts), before, ROW_P99),
        Figure("webhook → event row seen by SELECT (sample)", "s", visible, before),
        Figure("seen by SELECT, after stored_at", "s", tuple(later), before),
        Figure("webhook → answer 202, p50", "s", (quantile(answers, 0.5),), before),
        Figure("webhook → answer 202, p99", "s", (quantile(answers, 0.99),), before),
    ]


def _look_for_rows(running: Stack, poster: Poster, stop: threading.Event) -> list[tuple[Posted, float]]:
    """Now and then a delivery of its own, looked for until it is found: what was posted, and when it was seen."""
    client, seen, number = running.clickhouse(), [], 0
    while not stop.wait(0.3 + 0.4 * random.random()):
        posted = poster.post(*finished_run(f"acme/row-{number}"))
        number += 1
        seen.append((posted, _wait_for(client, ROWS, {"id": posted.events[-1]})))
    return seen


def numbers(running: Stack, planned: Sequence[tuple[str, bytes]], count: int, before: float) -> list[Figure]:
    """Webhook → changed number: p50 and p95 while 20/s go on."""
    poster, stop, client = Poster(running.gateway_port, SECRET), threading.Event(), running.clickhouse()
    latencies = []
    with ThreadPoolExecutor(1) as threads:
        background = threads.submit(poster.post_all, planned, BACKGROUND_RATE, stop)
        for number in range(count):
            service = f"acme/number-{number}"
            posted = poster.post(*finished_run(service))
            latencies.append(_wait_for(client, NUMBER, {"service": service}) - posted.sent_at)
            time.sleep(random.random())  # else each would begin right after a tick
        stop.set()
        background.result()
    return [
        Figure("webhook → changed number, p50", "s", tuple(latencies), before, NUMBER_P50),
        Figure("webhook → changed number, p95", "s", (quantile(latencies, 0.95),), before),
    ]


def _wait_for(client: Client, query: str, values: dict[str, str]) -> float:
    """The time (epoch seconds) at which `query` found more than 0."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        [[found]] = client.execute(query, values)
        if found:
            return time.time()
        time.sleep(0.015)
    raise SystemExit(f"{values} was not found within {PATIENCE_S} s")


def finished_run(repository: str) -> tuple[str, bytes]:
    """A workflow run of `repository` that has just ended, after seven minutes."""
    [_, (event, body)] = bodies(2, BODY_BYTES)
    now = datetime.now(UTC)
    for old, ago in (("10:00:00", 425), ("10:00:05", 420), ("10:07:00", 0)):
        new = (now - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = body.replace(f"2026-01-05T{old}Z".encode(), new.encode())
    return event, body.replace(REPOSITORY.encode(), repository.encode())


def measure(seconds: float = 30, count: int = 30) -> list[Figure]:
    """All figures, of one stack."""
    before = load()
    told = deliveries_of(COMPANIES, datetime.now(UTC).replace(microsecond=0))
    warm_up, flood = list(islice(told, WARM_UP)), list(islice(told, round(RATE * seconds)))
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as running:
        Poster(running.gateway_port, SECRET).post_all(warm_up, RATE, threading.Event())
        figures = rows(running, flood, before)
        return figures + numbers(running, list(told), count, before)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="how long 100/s go on")
    parser.add_argument("--numbers", type=int, default=30, help="how many numbers are changed")
    asked = parser.parse_args()
    report(measure(asked.seconds, asked.numbers))


if __name__ == "__main__":
    main()
