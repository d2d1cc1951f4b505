"""The benchmarks fit the code that they measure."""

import importlib

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.telemetry_cost import micro


@pytest.mark.parametrize("name", NAMES)
def test_each_benchmark_has_something_to_measure(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").measure)


def test_spans_are_made_as_gateway_and_worker_make_them() -> None:
    assert all(microseconds > 0 for microseconds in micro(count=10))
