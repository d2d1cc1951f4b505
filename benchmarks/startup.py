"""How long a second start of `pipegauge up` takes, over a data folder that holds the demo's fortnight, and its end.

Started: from the command to the board's page. Ended: from Ctrl-C until its process and all of its children are gone.

python -m benchmarks.startup [--runs 3]
"""

import argparse
import json
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, Goal, load, report
from benchmarks.parts import answers, until
from benchmarks.stack import Stack, is_ready, stack, start

START, STOP = Goal("<", 25), Goal("<", 20)


def measure(runs: int = 3) -> list[Figure]:
    """The figures of `runs` further starts."""
    before, boards, everything, ends = load(), [], [], []
    with tempfile.TemporaryDirectory() as folder:
        with stack(Path(folder)) as first:
            print(f"fed {first.feed_a_fortnight():,} events", flush=True)
            ends.append(first.stop())
        for _ in range(runs):
            began = time.monotonic()
            running = start(Path(folder))
            try:
                until(partial(_board_answers, running), "the board", 0.05)
                boards.append(time.monotonic() - began)
                until(partial(is_ready, running), "the stack", 0.05)
                everything.append(time.monotonic() - began)
            finally:
                ends.append(running.stop())
    return [
        Figure("second start: until the board answers", "s", tuple(boards), before, START),
        Figure("second start: until every process is ready", "s", tuple(everything), before),
        Figure("Ctrl-C: until everything has ended", "s", tuple(ends), before, STOP),
    ]


def _board_answers(running: Stack) -> bool:
    try:
        return answers(f"{running.endpoints['board']['url']}/d/delivery")
    except (FileNotFoundError, json.JSONDecodeError):  # the processes are not started yet
        return False


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    report(measure(parser.parse_args().runs))


if __name__ == "__main__":
    main()
