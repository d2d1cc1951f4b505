"""Which tests run side by side: two processes run the suite (`pytest -n 2 --no-loadscope-reorder`).

Tests that start engines, processes or a browser, or that wait for one of these in real time, come first, in two
halves: the longer one ends with the faults, the shorter one is over by then. What only computes comes last, file by
file, and gives way to engines. xdist's own groups are not used: 3.8 does not find them in the node ids of pytest 9.2.
"""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_COMPUTING = (
    *("tests/conformance/", "tests/demo/", "tests/schemas/"),
    *("tests/producers/mapping/", "tests/producers/reports/", "tests/producers/sources/", "tests/producers/test_"),
    *("tests/test_corpus.py", "tests/test_docs.py", "tests/test_house.py"),
    *("tests/stream_processors/test_correlate", "tests/stream_processors/test_roll"),
)

_SHORTER_HALF = ("tests/grafana/", "tests/producers/", "tests/stream_processors/")
_LONGER, _SHORTER = "the longer half", "the shorter half"
_NICE = 15


class _Apart(LoadScopeScheduling):  # type: ignore[misc]
    """A file of computing tests is one unit of work, and so is each half of the others."""

    def _split_scope(self, nodeid: str) -> str:
        return _unit(nodeid)


def _unit(nodeid: str) -> str:
    if nodeid.startswith(_COMPUTING):
        return nodeid.partition("::")[0]
    return _SHORTER if nodeid.startswith(_SHORTER_HALF) else _LONGER


def engines_first(items: list[pytest.Item]) -> None:
    """Sorts a suite so that each process begins with a half of the engines' tests."""
    order = {_LONGER: 0, _SHORTER: 1}
    items.sort(key=lambda item: order.get(_unit(item.nodeid), 2))


def give_way(item: pytest.Item) -> None:
    """Lets engines have the machine while this process computes: they are held to promises in seconds.

    Not where tests are chosen by a mark: there a process that has computed may start engines next.
    """
    chosen = item.config.getoption("markexpr")
    if hasattr(item.config, "workerinput") and not chosen and item.nodeid.startswith(_COMPUTING):
        os.nice(_NICE - os.nice(0))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that is marked `alone` has the machine to itself: the other process waits before its next test."""
    if not hasattr(item.config, "workerinput") or not item.config.getoption("markexpr"):
        return (yield)
    assert item.config.cache is not None, "two processes meet in pytest's cache"
    room = item.config.cache.mkdir("machine") / "to-itself"
    with _in(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH):
        return (yield)


@contextmanager
def _in(room: Path, how: int) -> Iterator[None]:
    """Holds a room. Whoever waits for it stands in the door, so that nobody can slip in before."""
    with room.with_suffix(".door").open("w") as door, room.with_suffix(".room").open("w") as inside:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(inside, how)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Apart | None:
    """Ours, unless another way is asked for (`--dist loadfile`: a stand of engines in each process)."""
    return _Apart(config, log) if config.getoption("dist") == "load" else None
