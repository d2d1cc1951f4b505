"""Resident memory of the whole stack: idle, and after the demo's fortnight.

The proportional set size (PSS) of every process of `pipegauge up`, as the kernel counts it in smaps_rollup: pages that
processes share are counted once. The plain resident size (RSS) counts them once for each process.

python -m benchmarks.memory
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Goal, load, report
from benchmarks.stack import Stack, stack

GOAL = Goal("<", 2_000)
IDLE_S = 10


def processes_of(running: Stack) -> Iterator[tuple[str, int]]:
    """The processes of a stack, their own children with them: name and pid."""
    names = {one["pid"]: name for name, one in running.endpoints.items()}
    parents = dict(_parents())
    for pid in parents:
        above, owner = pid, names.get(pid)
        while above != running.process.pid and above in parents:
            above = parents[above]
            owner = owner or names.get(above)
        if above == running.process.pid:
            yield owner or "supervisor", pid


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield int(folder.name), int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it ended while we looked
            continue


def megabytes(pid: int) -> tuple[float, float]:
    """PSS and RSS of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1_000 for line in lines[1:]}
    return found["Pss"], found["Rss"]


def measured(running: Stack, when: str, before: float) -> list[Figure]:
    """PSS and RSS of everything; prints them process by process."""
    by_name: dict[str, tuple[float, float]] = {}
    for name, pid in processes_of(running):
        pss, rss = megabytes(pid)
        known = by_name.get(name, (0.0, 0.0))
        by_name[name] = known[0] + pss, known[1] + rss
    print(f"{when}, PSS / RSS in MB: " + ", ".join(f"{name} {p:.0f} / {r:.0f}" for name, (p, r) in by_name.items()))
    pss, rss = (sum(column) for column in zip(*by_name.values(), strict=True))
    return [
        Figure(f"memory {when}: PSS", "MB", (pss,), before, GOAL),
        Figure(f"memory {when}: RSS", "MB", (rss,), before),
    ]


def measure() -> list[Figure]:
    """The figures, idle and fed."""
    before = load()
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder)) as running:
        time.sleep(IDLE_S)
        figures = measured(running, "idle", before)
        print(f"fed {running.feed_a_fortnight():,} events", flush=True)
        return figures + measured(running, "after a fortnight", before)


if __name__ == "__main__":
    report(measure())
