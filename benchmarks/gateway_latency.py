"""How long a sender waits for its 202 at half of the gateway's peak: deliveries of 24 KB at an even pace.

The peak is measured first, as `gateway_throughput` does; then half of it is posted for 20 s, whether or not the gateway
keeps up. The time is the client's, from before it sends until it has the answer.

python -m benchmarks.gateway_latency [--seconds 20]
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, Goal, load, report
from benchmarks.gateway_throughput import gateway, one_run
from benchmarks.parts import broker

P99 = Goal("<", 50)
CONNECTIONS = 128
PEAK_COUNT = 8_000


def measure(seconds: float = 20) -> list[Figure]:
    """p50 and p99 at half the peak."""
    before = load()
    with (
        tempfile.TemporaryDirectory() as folder,
        broker(Path(folder) / "kafka") as address,
        gateway(Path(folder) / "gateway", address) as port,
    ):
        one_run(port, PEAK_COUNT // 2, CONNECTIONS, 0)  # to warm the broker's compiler
        peak = one_run(port, PEAK_COUNT, CONNECTIONS, PEAK_COUNT)[0]
        rate, p50, p99, outcomes, busy = one_run(port, round(peak / 2 * seconds), CONNECTIONS, 2 * PEAK_COUNT, peak / 2)
    print(f"peak {peak:,.0f}/s; then {rate:,.0f}/s: {outcomes}, machine {busy:.0%} busy", flush=True)
    return [
        Figure("gateway at half its peak: 202 after, p50", "ms", (p50,), before),
        Figure("gateway at half its peak: 202 after, p99", "ms", (p99,), before, P99),
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    report(measure(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
