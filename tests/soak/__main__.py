"""`python -m tests.soak [SECONDS] [SEED]`: `pipegauge up` under load, a process killed every 30 s, and the oracle.

Exit code 1 where something answered 2xx is lost, invented or counted wrongly.
"""

import asyncio
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from clickhouse_driver import Client

from deploy.settled import wait_until_settled
from tests.end_to_end.embedded_stack import EmbeddedStack, embedded_stack
from tests.end_to_end.sender import send
from tests.faults import oracle
from tests.faults.load import Load
from tests.faults.obligations import Obligations
from tests.faults.processes import NORTHWIND
from tests.faults.tape import Tape

PROCESSES = ("gateway", "worker", "store", "board", "clickhouse", "kafka")
KILL_EVERY_S = 30.0
RATE = 50.0
RUNS_A_SERVICE = 1_000
"""A run and its check are two deliveries; after so many runs the load goes on as another service."""
CHUNK = 250
SETTLE_S = 120


@dataclass
class Soaked:
    """What the oracle asks of a soak; `services` were loaded so far."""

    stack: EmbeddedStack
    obligations: Obligations = field(default_factory=Obligations)
    services: set[str] = field(default_factory=set)

    @property
    def teams(self) -> dict[str, str]:
        return NORTHWIND | dict.fromkeys(self.services, "unassigned")

    def client(self) -> Client:
        return self.stack.clickhouse()

    def settle(self) -> None:
        wait_until_settled(self.stack.data, self._missing, SETTLE_S)

    def _missing(self) -> int:
        rows = self.client().execute("SELECT DISTINCT id FROM events")
        return len(self.obligations.events - {str(id_) for (id_,) in rows})

    def load(self, seconds: float) -> int:
        """Post for so long, each delivery until it is answered 2xx; how often a sender had to try again."""
        began, runs, retries = time.monotonic(), 0, 0
        while time.monotonic() - began < seconds:
            service = f"faults/soak-{runs // RUNS_A_SERVICE}"
            self.services.add(service)
            load = Load(service.removeprefix("faults/"), CHUNK, datetime.now(UTC), first=runs, filed_as=service)
            sent = asyncio.run(send(f"{self.stack.endpoints['gateway']['url']}/hooks/github", load.planned(), RATE))
            for event, body in sent.bodies:
                self.obligations.offer(event, body)
            for answer in sent.answers:
                self.obligations.answer(answer)
            self.obligations.facts |= load.facts()
            runs, retries = runs + CHUNK, retries + sent.retries
        return retries


def main(seconds: float = 3_600, seed: int = 1) -> int:
    """Soak, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder, embedded_stack(Path(folder)) as stack:
        soaked, stop = Soaked(stack), threading.Event()
        tape = Tape(stack.endpoints["kafka"]["address"])
        killer = threading.Thread(target=_kill, args=(stack, random.Random(seed), stop), daemon=True)
        print(f"{seconds:g} s at {RATE:g} deliveries a second, a kill every {KILL_EVERY_S:g} s, seed {seed}")
        print(f"{'':>8}{'killed':>12}" + "".join(f"{name:>12}" for name in PROCESSES) + "   resident MiB")
        killer.start()
        retries = soaked.load(seconds)
        stop.set()
        killer.join()
        try:
            oracle.check(soaked)
            repeats = oracle.a_duplicate_happened(tape)
        except AssertionError as broken:  # what this looks for
            print(f"NOT HELD: {str(broken)[:2_000]}")
            return 1
        print(
            f"held: {len(soaked.obligations.answered):,} deliveries answered 2xx are stored once, "
            f"{len(soaked.obligations.facts):,} observations are as they should be, every window is what SQL computes; "
            f"{retries} sends were repeated, {repeats:,} records"
        )
        return 0


def _kill(stack: EmbeddedStack, chance: random.Random, stop: threading.Event) -> None:
    began = time.monotonic()
    while not stop.wait(KILL_EVERY_S):
        resident = "".join(f"{_resident_mib(stack, name):>12}" for name in PROCESSES)
        victim = chance.choice([name for name in PROCESSES if stack.endpoints[name]["pid"] is not None])
        stack.kill(victim)
        print(f"{time.monotonic() - began:>6.0f} s{victim:>12}{resident}", flush=True)


def _resident_mib(stack: EmbeddedStack, name: str) -> str:
    try:
        lines = Path(f"/proc/{stack.endpoints[name]['pid']}/status").read_text().splitlines()
    except OSError:  # it is starting anew
        return "-"
    return str(next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmRSS")))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
