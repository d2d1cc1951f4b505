"""One supervised process: what to run, and the run as it stands."""

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.tethered import NOT_STARTED

_TETHERED = Path(__file__).with_name("tethered.py")
_TAIL_LINES = 15
_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Child:
    """A process to keep running.

    `env` is added to the supervisor's environment. `ready` is asked about 20 times a second while the child starts and
    must answer within a second. `needs` names the children that must have been ready before this one starts.
    An end with one of `fatal_codes` is not followed by a restart.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool]
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    ready_within_s: float = 60.0
    stop_after_s: float = 10.0
    fatal_codes: frozenset[int] = frozenset({2})


class ChildFailed(RuntimeError):
    """A child cannot run; the message names its log and shows the log's end."""


def spawn(child: Child, log: Path) -> subprocess.Popen[bytes]:
    """Starts the child in a process group of its own, appending its output to `log`.

    It is killed when the calling thread ends.
    """
    # -I -S: the tether needs no packages, and starts in half the time.
    tether = (sys.executable, "-I", "-S", str(_TETHERED), str(os.getpid()))
    with log.open("ab") as output:
        return subprocess.Popen(
            (*tether, *child.argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **child.env},
            process_group=0,
        )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kills the child and what it started, also if the child itself has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # Nobody of the group is left; macOS says so with EPERM while the child is a zombie.
        os.killpg(process.pid, signal.SIGKILL)


def is_fatal(child: Child, code: int) -> bool:
    """Whether a restart cannot help."""
    return code in child.fatal_codes or code == NOT_STARTED


def failure(child: Child, what: str, log: Path) -> ChildFailed:
    """The error that `child` did `what`, with the end of its log."""
    tail = "".join(f"\n  {line}" for line in last_lines(log))
    ending = f", which ends:{tail}" if tail else ", which is empty"
    return ChildFailed(f"{child.name} {what}; see {log}{ending}")


def last_lines(log: Path, count: int = _TAIL_LINES) -> list[str]:
    """The last lines of a text file, however large."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        return list(deque(stream.read().decode("utf-8", errors="replace").splitlines(), maxlen=count))


def rotate(log: Path) -> None:
    """Puts the log of the former start aside as NAME.log.1, in place of the one before."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
