"""Keeps a set of processes running: starts them in order of need, restarts what ends, stops all within a bound."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from deploy.embedded.child import Child, rotate
from deploy.embedded.run import Run, Running

STOP_WITHIN_S = 20.0
"""The most that `stop` takes."""

_TICK_S = 0.05
_KILL_ALL_AFTER_S = STOP_WITHIN_S - 1.0

log = structlog.get_logger()


class Supervisor:
    """Runs `children`, their output in `logs`/NAME.log, until `stop`; a context manager that stops at its end.

    A thread of its own does the work, so that the caller's is free. `on_change` is called from that thread with all
    children after each start, restart and readiness. Children die with this process, even if it is killed.
    Raises ValueError if a child needs an unknown one, or itself by a circle.
    """

    def __init__(
        self,
        children: Sequence[Child],
        logs: Path,
        on_change: Callable[[tuple[Running, ...]], None] = lambda _running: None,
    ) -> None:
        _check_needs(children)
        self._runs = {child.name: Run(child, logs / f"{child.name}.log") for child in children}
        self._logs = logs
        self._on_change = on_change
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)

    def start(self) -> None:
        """Starts the children and waits until all have been ready. Raises ChildFailed; then all are stopped."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for run in self._runs.values():
            rotate(run.log)
        self._thread.start()
        self._settled.wait()
        self._raise_failure()

    def wait(self, timeout_s: float | None = None) -> None:
        """Waits until `stop`, at most `timeout_s`. Raises ChildFailed when a child ended that a restart cannot help."""
        self._thread.join(timeout_s)
        self._raise_failure()

    def stop(self) -> None:
        """Ends all children within STOP_WITHIN_S, those first that no other one needs. May be called again."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            # Ctrl-C while starting: the children end in order, not by the kernel's hand.
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            while not self._stopping.wait(_TICK_S):
                self._step(time.monotonic())
        except Exception as failure:
            # This thread has no caller: start() and wait() raise it there.
            self._failure = failure
        finally:
            self._end_all()
            self._settled.set()

    def _step(self, now: float) -> None:
        changed = False
        for run in self._runs.values():
            changed |= self._advance(run, now)
        if changed:
            self._on_change(tuple(run.as_running() for run in self._runs.values()))
        if all(run.was_ready for run in self._runs.values()):
            self._settled.set()

    def _advance(self, run: Run, now: float) -> bool:
        """Moves one child on; whether its pid or readiness changed."""
        if run.process is None:
            if now < run.start_at or not all(self._runs[need].was_ready for need in run.child.needs):
                return False
            run.start(now)
            log.info("child_started", name=run.child.name, pid=run.pid, restarts=run.restarts)
            return True
        code = run.process.poll()
        if code is not None:
            log.warning("child_ended", name=run.child.name, pid=run.pid, code=code)
            run.ended(code, now)
            return True
        return run.check_ready(now)

    def _end_all(self) -> None:
        """SIGTERM to each child when none that needs it is left, SIGKILL at its deadline or near that of all."""
        began = now = time.monotonic()
        while (alive := [run for run in self._runs.values() if run.is_alive()]) and now - began < STOP_WITHIN_S:
            now = time.monotonic()
            needed = {need for run in alive for need in run.child.needs}
            for run in alive:
                if now - began > _KILL_ALL_AFTER_S or (run.kill_at is not None and now > run.kill_at):
                    log.warning("child_killed", name=run.child.name, pid=run.pid)
                    run.kill()
                elif run.kill_at is None and run.child.name not in needed:
                    run.terminate(now)
            time.sleep(_TICK_S)
        for run in self._runs.values():
            run.sweep()


def _check_needs(children: Sequence[Child]) -> None:
    startable: set[str] = set()
    left = list(children)
    while left:
        ready = [child for child in left if startable.issuperset(child.needs)]
        if not ready:
            raise ValueError(
                f"these children wait for each other or for unknown ones: {[child.name for child in left]}"
            )
        startable.update(child.name for child in ready)
        left = [child for child in left if child.name not in startable]
