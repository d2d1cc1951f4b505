"""What it costs a CI step to be wrapped: the time of `pipegauge run -- true` beyond that of `true`.

Each repetition runs the command alone and wrapped, in turn, so that whatever else the machine does is in both. Three
wrappings: the one file, the package's command, and the one file with a JUnit report of 1 MB to read, pack and send. A
gateway that answers at once listens on this machine; the time over the network to a real one is not in it. Beside the
time stands the CPU that the wrapped process and its command took: on a machine that does something else, it says more.

python -m benchmarks.ci_step [--runs 200]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure, Goal, load, report

ROOT = Path(__file__).parents[1]
ALONE = ("true",)
FILE = (sys.executable, str(ROOT / "producers" / "ci_step.py"))
PACKAGE = (sys.executable, "-m", "deploy.start", "run")
OVERHEAD = Goal("<", 150)
RUNS = 200
_CASES = 5_400
_WARM_UP = 5


def measure(runs: int = RUNS) -> list[Figure]:
    """The figures of `runs` repetitions."""
    before = load()
    with tempfile.TemporaryDirectory() as folder, _gateway() as (url, count):
        (Path(folder) / "junit.xml").write_text(_report())
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PIPEGAUGE_URL": url,
            "PIPEGAUGE_SECRET": "a secret",
            "PIPEGAUGE_REPOSITORY": "acme/shop",
            "PIPEGAUGE_SPOOL": folder,
            "GITHUB_ACTIONS": "true",
        }
        wrapped = {
            "CI step: overhead of the one file": (*FILE, "--", *ALONE),
            "CI step: overhead of `pipegauge run`": (*PACKAGE, "--", *ALONE),
            "CI step: overhead with a report of 1 MB": (*FILE, "--tests", "junit.xml", "--", *ALONE),
        }
        samples: dict[str, list[float]] = {name: [] for name in wrapped}
        cpu: dict[str, list[float]] = {name: [] for name in wrapped}
        for number in range(runs + _WARM_UP):
            for name, argv in wrapped.items():
                alone, with_it = _took(ALONE, folder, environment), _took(argv, folder, environment)
                if number >= _WARM_UP:
                    samples[name].append(max(0.0, with_it.took - alone.took))
                    cpu[name].append(max(0.0, with_it.cpu - alone.cpu))
        told = count()
    if told != len(wrapped) * (runs + _WARM_UP):
        raise RuntimeError(f"only {told} deliveries arrived: what was measured is not a step that is told of")
    return [
        *(Figure(name, "ms", tuple(found), before, OVERHEAD) for name, found in samples.items()),
        *(Figure(f"{name}, CPU", "ms", tuple(found), before) for name, found in cpu.items()),
    ]


class _Spent(NamedTuple):
    """Milliseconds of a process from its start to its end, and those that it and its children computed."""

    took: float
    cpu: float


def _took(argv: Sequence[str], folder: str, environment: Mapping[str, str]) -> _Spent:
    began = time.perf_counter()
    process = subprocess.Popen(argv, cwd=folder, env=dict(environment), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {process.returncode}")
    return _Spent(took * 1_000, (used.ru_utime + used.ru_stime) * 1_000)


def _report() -> str:
    cases = "".join(
        f'<testcase classname="acme.shop.CartTest" name="adds line {number} and removes it again" time="0.01">'
        f"<system-out>line {number} was added, then removed again, and it was gone</system-out></testcase>"
        for number in range(_CASES)
    )
    return f'<testsuite name="cart" tests="{_CASES}">{cases}</testsuite>'


@contextmanager
def _gateway() -> Iterator[tuple[str, Callable[[], int]]]:
    """Something that answers 202 at once: its address, and how many deliveries came."""
    came: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(len(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(202)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", lambda: len(came)
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    report(measure(parser.parse_args().runs))


if __name__ == "__main__":
    main()
