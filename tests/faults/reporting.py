"""Which fault tests run, and the table of what held: hooks for tests/conftest.py.

A test that makes a fault is marked `faults(number)`. In the ordinary suite those of tests/faults run only where they
are marked `quick` too, and repetitions of other folders that are marked `thorough` do not run. `make faults` runs all.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.faults.catalogue import FAULTS, NOT_RUN

HERE = Path(__file__).parent
_left_out: set[str] = set()
_held: dict[int, list[bool]] = defaultdict(list)
_times: dict[int, int] = defaultdict(int)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults(number, times=1): the test makes this fault of docs/faults.md so often")
    config.addinivalue_line("markers", "quick: a test of tests/faults that runs in the ordinary suite too")
    config.addinivalue_line("markers", "alone: in `make faults` nothing else runs beside this test")
    config.addinivalue_line("markers", "thorough: more repetitions than the ordinary suite has time for")


def _asked_for(config: pytest.Config) -> bool:
    return "faults" in (config.option.markexpr or "") or any("tests/faults" in argument for argument in config.args)


def leave_out_slow_faults(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _asked_for(config):
        return
    left_out = [item for item in items if _is_left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        _left_out.update(item.nodeid for item in left_out)


def _is_left_out(item: pytest.Item) -> bool:
    is_slow_fault = HERE in item.path.parents and item.get_closest_marker("quick") is None
    return is_slow_fault or item.get_closest_marker("thorough") is not None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes says what it left out to the one that writes the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = sorted(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _left_out.update(getattr(node, "workeroutput", {}).get("left_out", ()))


def note_faults(item: pytest.Item) -> None:
    """Notes the faults that a test makes, for the table."""
    for marker in item.iter_markers("faults"):
        item.user_properties.append(("fault", (marker.args[0], marker.kwargs.get("times", 1))))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "call" and not report.failed:
        return
    for name, value in report.user_properties:
        if name == "fault":
            assert isinstance(value, tuple | list)  # a list where it comes from another process
            number, times = value
            _held[number].append(not report.failed)
            _times[number] += times


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table: all faults where all were asked for, else those that were tried."""
    if _held:
        terminalreporter.section("faults")
        whole = _asked_for(terminalreporter.config)
        for number, what in FAULTS.items():
            if whole or number in _held:
                terminalreporter.write_line(f"{number:3}  {what:<70} {_result(number)}")
    if _left_out:
        terminalreporter.write_line(
            f"{len(_left_out)} tests of faults and repetitions left out; `make faults` runs them all"
        )


def _result(number: int) -> str:
    if number in NOT_RUN:
        return f"not run: {NOT_RUN[number]}"
    if number not in _held:
        return "not run"
    return f"{_times[number]:3} times  {'held' if all(_held[number]) else 'NOT HELD'}"
