"""What being watched costs: microseconds a delivery and an event, and the gateway beside collectors that are dead.

python -m benchmarks.telemetry_cost [--runs 3] [--count 6000]
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, load, report
from benchmarks.gateway_throughput import gateway, one_run
from benchmarks.parts import broker
from deploy.embedded import ports
from tests.end_to_end.collector import collector, hanging_collector


def micro(endpoint: str | None = None, sample: float = 1.0, count: int = 20_000) -> tuple[float, float]:
    """Microseconds a delivery (its span, its two metrics) and an event, in a process of its own."""
    arguments = [str(count), str(sample), *([endpoint] if endpoint else [])]
    command = [sys.executable, "-m", "benchmarks.telemetry_steps", *arguments]
    delivery, event = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return float(delivery), float(event)


@contextmanager
def endpoint_of(kind: str) -> Iterator[str | None]:
    """A collector's endpoint: none, one that answers, a closed port, or one that hangs."""
    if kind == "off":
        yield None
    elif kind == "closed port":
        yield f"http://127.0.0.1:{ports.pick(18_999)}"
    elif kind == "hanging":
        with hanging_collector() as endpoint:
            yield endpoint
    else:
        with collector() as collected:
            yield collected.endpoint


def measure(runs: int = 3, count: int = 6_000, connections: int = 128) -> list[Figure]:
    """The figures; the collector that answers decodes what it gets, on the same two cores."""
    figures = []
    for kind, sample in (("off", 1.0), ("hanging", 1.0), ("hanging", 0.1)):
        with endpoint_of(kind) as endpoint:
            delivery, event = zip(*(micro(endpoint, sample) for _ in range(runs)), strict=True)
        name = kind if kind == "off" else f"{kind}, sample {sample:g}"
        figures += [
            Figure(f"telemetry of a delivery, collector {name}", "µs", delivery, load()),
            Figure(f"span of an event, collector {name}", "µs", event, load()),
        ]
    for kind in ("off", "closed port", "hanging", "answering"):
        figures += _gateway(kind, runs, count, connections)
    return figures


def _gateway(kind: str, runs: int, count: int, connections: int) -> list[Figure]:
    before = load()
    with (
        tempfile.TemporaryDirectory() as folder,
        endpoint_of(kind) as endpoint,
        broker(Path(folder) / "kafka") as address,
        gateway(Path(folder) / "gateway", address, endpoint) as port,
    ):
        one_run(port, count // 2, connections, 0)  # to warm the broker's compiler
        done = [one_run(port, count, connections, number * count) for number in range(1, runs + 1)]
    print(f"{kind}: {median(run[0] for run in done):,.0f}/s {[dict(run[3]) for run in done]}", flush=True)
    return [
        Figure(f"gateway: deliveries, collector {kind}", "/s", tuple(run[0] for run in done), before),
        Figure(f"gateway: p99, collector {kind}", "ms", tuple(run[2] for run in done), before),
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--count", type=int, default=6_000, help="deliveries of a run")
    asked = parser.parse_args()
    report(measure(asked.runs, asked.count))


if __name__ == "__main__":
    main()
