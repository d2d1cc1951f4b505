"""Durable acknowledged deliveries a second of one gateway, the broker and the load generator on the same machine.

python -m benchmarks.gateway_throughput [--runs 5] [--count 8000] [--connections 128]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kafka.admin import KafkaAdminClient, NewTopic

from deploy.embedded import kafka, ports
from deploy.embedded.kafka_jars import fetch_jars
from schemas.topics import TOPICS

SECRET = "a secret of the benchmark"
BODY_BYTES = 24_000
_GATEWAY = """
import sys
from producers.receive import run
from schemas.config import Config
run(Config.model_validate_json(sys.argv[1]), str)
"""
_PARTITIONS = 4


@contextmanager
def process(command: tuple[str, ...], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child that ends with the block."""
    with output.open("ab") as log:
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:  # a broker under load takes its time; its data is thrown away
            child.kill()


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The embedded broker with the project's topics; its address."""
    embedded = kafka.Broker(folder, fetch_jars(), ports.pick(19_092), ports.pick(19_093))
    kafka.prepare(embedded)
    with process(kafka.command(embedded), folder / "output"):
        _wait(lambda: kafka.is_ready(embedded))
        admin = KafkaAdminClient(bootstrap_servers=embedded.address)
        admin.create_topics([NewTopic(one.name, _PARTITIONS, 1, topic_configs=one.settings()) for one in TOPICS])
        admin.close()
        yield embedded.address


@contextmanager
def gateway(folder: Path, kafka_address: str) -> Iterator[int]:
    """A gateway with the source github; its port."""
    port = ports.pick(18_480)
    config = {
        "sources": {"github": {"secrets": [SECRET]}},
        "salt": "a salt",
        "connections": {"kafka": {"brokers": [kafka_address]}},
        "listen": {"gateway": f"127.0.0.1:{port}"},
        "data": str(folder),
    }
    with process((sys.executable, "-c", _GATEWAY, json.dumps(config)), folder / "output"):
        _wait(lambda: _answers(port))
        yield port


def _wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit("a part did not start within 60 s")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:  # it is still starting
        return False


def measure(port: int, count: int, connections: int, first: int) -> tuple[float, float, float, dict[str, int], float]:
    """One run: deliveries/s, p50 and p99 in ms, answers by kind, and the share of the machine that was busy."""
    asked = {"port": port, "count": count, "size": BODY_BYTES, "connections": connections, "first": first}
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


def main() -> None:
    """Prints one line a run and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--count", type=int, default=8_000, help="deliveries of a run")
    parser.add_argument("--connections", type=int, default=128)
    asked = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("kafka", "gateway")]
        for path in paths:
            path.mkdir()
        with broker(paths[0]) as address, gateway(paths[1], address) as port:
            measure(port, asked.count // 2, asked.connections, 0)  # to warm the broker's compiler
            rates = [_print_run(port, asked.count, asked.connections, number) for number in range(1, asked.runs + 1)]
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
    print(f"gateway: {statistics.median(rates):,.0f} durable deliveries/s (median of {len(rates)}, {spread})")


def _print_run(port: int, count: int, connections: int, number: int) -> float:
    rate, p50, p99, outcomes, busy = measure(port, count, connections, number * count)
    print(
        f"run {number}: {rate:,.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms, {outcomes}, machine {busy:.0%} busy",
        flush=True,
    )
    return rate


if __name__ == "__main__":
    main()
