"""Durable acknowledged deliveries a second of one gateway, the broker and the load generator on the same machine.

python -m benchmarks.gateway_throughput [--runs 5] [--count 8000] [--connections 128]
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Goal, load, report
from benchmarks.parts import broker, service
from deploy.configuration import resolve
from deploy.embedded import ports
from deploy.make_topics import make_topics
from schemas.config import Config

GOAL = Goal("≥", 1_200)
SECRET = "a secret of the benchmark"
BODY_BYTES = 24_000
_PARTITIONS = 4


@contextmanager
def gateway(folder: Path, kafka_address: str, collector: str | None = None) -> Iterator[int]:
    """`pipegauge receive` with the source github, and a collector's endpoint; its port."""
    port = ports.pick(18_480)
    connections: dict[str, Any] = {"kafka": {"brokers": [kafka_address], "partitions": _PARTITIONS}}
    if collector is not None:
        connections["otlp"] = {"endpoint": collector}
    config = {
        "sources": {"github": {"secrets": [SECRET]}},
        "salt": "a salt",
        "connections": connections,
        "listen": {"gateway": f"127.0.0.1:{port}"},
    }
    make_topics(Config.model_validate(config), resolve)
    with service("receive", config, folder, f"http://127.0.0.1:{port}"):
        yield port


def one_run(
    port: int, count: int, connections: int, first: int, rate: float = 0
) -> tuple[float, float, float, dict[str, int], float]:
    """One run, at `rate` deliveries a second or (0) as fast as it goes.

    Deliveries/s, p50 and p99 in ms, answers by kind, and the share of the machine that was busy.
    """
    asked = {"port": port, "count": count, "size": BODY_BYTES, "connections": connections, "first": first, "rate": rate}
    options = [f"--{name}={value}" for name, value in (asked | {"secret": SECRET}).items()]
    loader = subprocess.Popen([sys.executable, "-m", "benchmarks.posting", *options], stdout=subprocess.PIPE)
    assert loader.stdout is not None
    loader.stdout.readline()  # its requests are prepared
    before = _busy_and_all()
    result = json.loads(loader.stdout.readline())
    after = _busy_and_all()
    loader.wait()
    latencies = result["latencies_ms"]
    p50, p99 = (latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
    busy = (after[0] - before[0]) / max(1, after[1] - before[1])
    return len(latencies) / result["seconds"], p50, p99, result["outcomes"], busy


def _busy_and_all() -> tuple[int, int]:
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def measure(runs: int = 5, count: int = 8_000, connections: int = 128) -> list[Figure]:
    """The figures of `runs` runs on one gateway."""
    before = load()
    with (
        tempfile.TemporaryDirectory() as folder,
        broker(Path(folder) / "kafka") as address,
        gateway(Path(folder) / "gateway", address) as port,
    ):
        one_run(port, count // 2, connections, 0)  # to warm the broker's compiler
        rates = tuple(_print_run(port, count, connections, number) for number in range(1, runs + 1))
    return [Figure("gateway: durable deliveries of 24 KB", "/s", rates, before, GOAL)]


def _print_run(port: int, count: int, connections: int, number: int) -> float:
    rate, p50, p99, outcomes, busy = one_run(port, count, connections, number * count)
    print(
        f"run {number}: {rate:,.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms, {outcomes}, machine {busy:.0%} busy",
        flush=True,
    )
    return rate


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--count", type=int, default=8_000, help="deliveries of a run")
    parser.add_argument("--connections", type=int, default=128)
    asked = parser.parse_args()
    report(measure(asked.runs, asked.count, asked.connections))


if __name__ == "__main__":
    main()
