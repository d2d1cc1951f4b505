"""Every benchmark, one after another, and one table: `python -m benchmarks [--only NAME]`.

A benchmark that fails does not keep the others from running; the exit code is 1 then.
"""

import argparse
import importlib
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, machine, number, report

NAMES = (
    "gateway_throughput",
    "gateway_latency",
    "store_throughput",
    "worker_throughput",
    "worker_steps",
    "worker_scaling",
    "event_cost",
    "latency",
    "import_git",
    "startup",
    "telemetry_cost",
    "ci_step",
    "memory",
)
WIDTH = 140


def main() -> int:
    """Run what was asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what pipegauge can do here.")
    parser.add_argument("--only", choices=NAMES, help="one of them")
    only = parser.parse_args().only
    figures: list[Figure] = []
    failed: list[str] = []
    for name in (only,) if only else NAMES:
        print(f"{name} …", flush=True)
        try:
            found = importlib.import_module(f"benchmarks.{name}").measure()
        except (Exception, SystemExit) as error:  # the others are still worth their figures
            print(f"{name} failed: {error!r}", file=sys.stderr, flush=True)
            failed.append(name)
            continue
        report(found)
        figures += found
    print(machine())
    Console(width=WIDTH).print(_table(figures))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "goal", "median", "spread", "load before", box=None)
    for figure in figures:
        median = f"{number(figure.median)} {figure.unit}"
        table.add_row(figure.name, figure.goal_text, median, figure.spread, f"{figure.load:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
