"""A process of the stand that a test may start, kill, halt and end."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.child import Child, last_lines, spawn

REPOSITORY = Path(__file__).resolve().parents[2]


def until(true: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until `true()`; the seconds that it took. Fails after `seconds`."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"{what} did not come true in {seconds:g} s"
        time.sleep(0.1)
    return time.monotonic() - began


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # nobody listens yet, or not ready
        return False


@dataclass
class Part:
    """One process: how it is started and when it is ready. It dies with the test's process."""

    name: str
    argv: tuple[str, ...]
    is_ready: Callable[[], bool]
    log: Path
    patience: float = 60.0
    process: "subprocess.Popen[bytes] | None" = None
    halted: bool = False
    starts: list[float] = field(default_factory=list)
    """The seconds that each start took until it was ready."""

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def launch(self, env: Mapping[str, str] | None = None) -> None:
        """Start it and return at once; `env` is added to the environment."""
        assert not self.alive, f"{self.name} runs already"
        environment = {"PYTHONPATH": str(REPOSITORY), **(env or {})}
        self.process = spawn(Child(self.name, self.argv, self.is_ready, env=environment), self.log)
        self.halted = False

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it is ready."""
        self.launch(env)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert self.alive, f"{self.name} ended:\n" + "\n".join(last_lines(self.log))
            return self.is_ready()

        self.starts.append(until(ready, self.patience, f"the readiness of {self.name}"))

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait(10)

    def halt(self) -> None:
        """It keeps its connections and does nothing, until `go_on`."""
        os.kill(self.pid, signal.SIGSTOP)
        self.halted = True

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)
        self.halted = False

    def end(self, seconds: float = 30) -> int:
        """SIGTERM; the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float) -> int:
        """Wait for its end; the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def restart(self) -> None:
        """kill -9, and a new start."""
        self.kill()
        self.start()

    def resident_kib(self) -> int:
        return self._number("VmRSS")

    def threads(self) -> int:
        return self._number("Threads")

    def _number(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
        assert found
        return int(found[1])
