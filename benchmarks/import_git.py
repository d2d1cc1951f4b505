"""How long `pipegauge import git` of 10,000 commits takes, until stored and until every number is made of them.

Each run imports a repository of its own into one `pipegauge up`: from the start of the command until all of its events
are in ClickHouse, and until the worker has no lag and nothing is dirty.

python -m benchmarks.import_git [--runs 3] [--commits 10000]
"""

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from clickhouse_driver import Client

from benchmarks.figures import Figure, Goal, load, report
from benchmarks.generated_history import make_history
from benchmarks.parts import pipegauge
from benchmarks.stack import Stack, stack, stored_events

COMMITS = 10_000
GOAL = Goal("<", 60)
"""Seconds for COMMITS."""
PATIENCE_S = 1_200


@dataclass(frozen=True)
class Run:
    """Seconds from the start of the command."""

    events: int
    answered: float
    stored: float
    settled: float
    megabytes: float
    """The most that the command itself had in memory."""


def one_run(running: Stack, client: Client, repository: Path) -> Run:
    """Import one repository."""
    before, seen, most = stored_events(client), [], 0.0
    command = pipegauge("import", "git", str(repository), "--data", str(running.data), "--json")
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as importing:
        while importing.poll() is None:
            seen.append(_seen(client, began, before))
            most = max(most, _megabytes(importing.pid))
            time.sleep(0.1)
        answered = time.monotonic() - began
        assert importing.stdout is not None
        told = json.loads(importing.stdout.read() or b"{}")
    if importing.returncode or told["dead_letters"]:
        raise SystemExit(f"the import has failed: {told}")
    events = told["events"]
    print(f"{events:,} events answered after {answered:.1f} s, with {most:.0f} MB at most", flush=True)
    while not seen or seen[-1][1] < events:
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"only {seen[-1][1]:,} of {events:,} events are stored after {PATIENCE_S} s")
        seen.append(_seen(client, began, before))
    stored = next(at for at, count in seen if count >= events)
    running.settle(before + events, PATIENCE_S)
    return Run(events, answered, stored, time.monotonic() - began, most)


def _megabytes(pid: int) -> float:
    """The greatest resident size that a process ever had; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has ended in this very moment
        return 0.0
    return next((int(line.split()[1]) / 1_000 for line in lines if line.startswith("VmHWM")), 0.0)


def _seen(client: Client, began: float, before: int) -> tuple[float, int]:
    """How many new events there are, and when that was known."""
    count = stored_events(client) - before
    return time.monotonic() - began, count


def measure(runs: int = 3, commits: int = COMMITS) -> list[Figure]:
    """The figures of `runs` imports."""
    before, done = load(), []
    goal = GOAL if commits == COMMITS else None
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder) / "stack") as running:
        for number in range(runs):
            repository = make_history(Path(folder), commits, f"history-{number}")
            done.append(one_run(running, running.clickhouse(), repository))
            print(f"run {number + 1}: {done[-1]}", flush=True)
    what = f"import of {commits:,} commits"
    return [
        Figure(f"{what}: until all events are stored", "s", tuple(run.stored for run in done), before, goal),
        Figure(f"{what}: until the worker is at rest", "s", tuple(run.settled for run in done), before),
        Figure(f"{what}: memory of the command", "MB", tuple(run.megabytes for run in done), before),
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--commits", type=int, default=COMMITS)
    asked = parser.parse_args()
    report(measure(asked.runs, asked.commits))


if __name__ == "__main__":
    main()
