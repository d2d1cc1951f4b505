"""How a show ends before its end: broken off by the user, or because a process cannot run."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import show as shown
from deploy.demo.show import Plan, show


@dataclass
class Stage:
    """A stack of no processes; `problem` is what its supervisor has found."""

    problem: Exception | None = None
    board: str = "http://board"
    gateway: str = "http://gateway"

    def wait(self, seconds: float) -> None:
        """As deploy.stack.Stack."""
        if self.problem:
            raise self.problem


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A show on it feeds nothing, and goes on until it is ended."""
    one = Stage()

    @contextmanager
    def running(*_: object, **__: object) -> Iterator[Stage]:
        yield one

    class Endless:
        def __init__(self, *_: object, stop: asyncio.Event, **__: object) -> None:
            self._stop = stop

        async def __aenter__(self) -> "Endless":
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        async def backfill(self, *_: object) -> None:
            await self._stop.wait()

        async def live(self, *_: object) -> None:
            await self._stop.wait()

    nothing: dict[str, Any] = {"running": running, "Feed": Endless, "resolve": lambda _: "s", "_import": lambda *_: 0}
    for name, value in nothing.items():
        monkeypatch.setattr(shown, name, value)
    return one


def plan(once: bool) -> Plan:
    return Plan(data=Path("none"), repositories=(), rate=5, seed=1, once=once, as_json=False)


def set_already() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@pytest.mark.parametrize(("once", "code"), [(True, 1), (False, 0)])
def test_a_show_that_is_broken_off_has_failed_where_it_was_to_check(stage: Stage, once: bool, code: int) -> None:
    assert show(plan(once), set_already) == code


@pytest.mark.timeout(20)
def test_a_process_that_cannot_run_ends_the_show_with_its_reason(stage: Stage) -> None:
    stage.problem = RuntimeError("the worker cannot start")
    with pytest.raises(RuntimeError, match="the worker cannot start"):
        show(plan(once=True), threading.Event)
