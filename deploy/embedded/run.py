"""The life of one supervised child: its present process, how often it ended, when it may start again."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from deploy.embedded.child import Child, failure, is_fatal, kill_group, spawn

_FIRST_BACKOFF_S = 0.2
_LAST_BACKOFF_S = 5.0
_STEADY_AFTER_S = 30.0
_FIRST_START_TRIES = 3


def backoff_s(ends: int) -> float:
    """Seconds to wait before the start that follows the `ends`-th end in a row (from 1)."""
    return min(_FIRST_BACKOFF_S * 2.0 ** min(ends - 1, 10), _LAST_BACKOFF_S)


@dataclass(frozen=True)
class Running:
    """What is told of a child: `pid` is None while it waits for its next start."""

    name: str
    pid: int | None
    ready: bool
    restarts: int


class Run:
    """Times are seconds of one monotonic clock, given by the caller."""

    def __init__(self, child: Child, log: Path) -> None:
        self.child = child
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.was_ready = False
        """Whether it has ever been ready: what needs it may start."""
        self.start_at = 0.0
        self.kill_at: float | None = None
        self.restarts = -1
        self._ready = False
        self._ends = 0
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None else None

    def as_running(self) -> Running:
        return Running(self.child.name, self.pid, self._ready, max(0, self.restarts))

    def start(self, now: float) -> None:
        self.process = spawn(self.child, self.log)
        self.restarts += 1
        self._started = now
        self._ready = False

    def ended(self, code: int, now: float) -> None:
        """Plans the next start. Raises ChildFailed if a restart cannot help."""
        self.sweep()
        self.process = None
        self._ready = False
        self._ends = 1 if now - self._started > _STEADY_AFTER_S else self._ends + 1
        if is_fatal(self.child, code):
            raise failure(self.child, f"ended with {_ending(code)}", self.log)
        if not self.was_ready and self._ends >= _FIRST_START_TRIES:
            raise failure(self.child, f"ended with {_ending(code)} at each of {self._ends} starts", self.log)
        self.start_at = now + backoff_s(self._ends)

    def check_ready(self, now: float) -> bool:
        """Whether it became ready. Past its deadline it is killed, or ChildFailed raised if it has never been ready."""
        if self._ready:
            return False
        if self.child.ready():
            self._ready = self.was_ready = True
            return True
        if now - self._started > self.child.ready_within_s:
            if not self.was_ready:
                raise failure(self.child, f"was not ready within {self.child.ready_within_s:g} s", self.log)
            self.kill()
        return False

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def terminate(self, now: float) -> None:
        """Asks it to end by itself within its time."""
        assert self.process is not None
        self.process.terminate()
        self.kill_at = now + self.child.stop_after_s

    def kill(self) -> None:
        assert self.process is not None
        kill_group(self.process)

    def sweep(self) -> None:
        """After its end: kills what it started and left behind, which would go on holding its ports."""
        if self.process is not None:
            kill_group(self.process)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {Signals(-code).name}"
