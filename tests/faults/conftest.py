"""One stand for all faults, and the table of what held.

In the ordinary suite only the tests marked `quick` run; `pytest -m faults`, or naming this folder, runs all of them.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.catalogue import FAULTS, NOT_RUN
from tests.faults.stand import Stand

HERE = Path(__file__).parent
_left_out: list[str] = []
_held: dict[int, list[bool]] = defaultdict(list)
_times: dict[int, int] = defaultdict(int)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: a test of the fault suite (all tests of tests/faults)")
    config.addinivalue_line("markers", "fault(number): which fault of docs/faults.md a test makes")
    config.addinivalue_line("markers", "quick: a fault that runs in the ordinary suite too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.faults)
    asked_for = "faults" in (config.option.markexpr or "") or any("tests/faults" in arg for arg in config.args)
    left_out = [] if asked_for else [item for item in mine if item.get_closest_marker("quick") is None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        _left_out.extend(item.name for item in left_out)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    marker = item.get_closest_marker("fault")
    if marker is not None and (report.when == "call" or report.failed):  # type: ignore[attr-defined]
        number: int = marker.args[0]
        _held[number].append(not report.failed)  # type: ignore[attr-defined]
        _times[number] += next((value for name, value in item.user_properties if name == "times"), 1)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _held:
        terminalreporter.section("faults")
        for number, what in FAULTS.items():
            terminalreporter.write_line(f"{number:3}  {what:<70} {_result(number)}")
    if _left_out:
        terminalreporter.write_line(f"{len(_left_out)} tests of faults left out; `make faults` runs them all")


def _result(number: int) -> str:
    if number in NOT_RUN:
        return f"not run: {NOT_RUN[number]}"
    if number not in _held:
        return "not run"
    return f"{_times[number]:3} times  {'held' if all(_held[number]) else 'NOT HELD'}"


@pytest.fixture(scope="session")
def _stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    stand = Stand(tmp_path_factory.mktemp("stand"))
    try:
        stand.start()
        yield stand
    finally:
        stand.stop()


@pytest.fixture
def stand(_stand: Stand) -> Stand:
    """The session's stand, every part of it alive."""
    _stand.mend()
    return _stand
