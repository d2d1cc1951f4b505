"""Hooks of the whole suite."""

import pytest

from tests.faults.reporting import (
    leave_out_slow_faults,
    note_faults,
    pytest_configure,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.side_by_side import engines_first, give_way, pytest_runtest_protocol, pytest_xdist_make_scheduler

__all__ = [
    "pytest_configure",
    "pytest_runtest_logreport",
    "pytest_runtest_protocol",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_xdist_make_scheduler",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    leave_out_slow_faults(config, items)
    if hasattr(config, "workerinput") and not config.getoption("markexpr"):
        engines_first(items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    note_faults(item)
    give_way(item)
