"""Which tests may run side by side.

Two processes run the suite (`pytest -n 2 --dist loadgroup`). Tests that start engines, processes or a browser, or that
wait for one of these in real time, stay together in one process, one after the other; what only computes is done by
the other.
"""

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_COMPUTING = tuple(
    _HERE / name
    for name in (
        *("conformance", "demo", "schemas", "producers/mapping", "producers/reports", "producers/sources"),
        *("test_corpus.py", "test_docs.py", "test_house.py", "stream_processors/test_correlate_laws.py"),
    )
)


def keep_together(items: list[pytest.Item]) -> None:
    """Marks the tests that stay in one process."""
    for item in items:
        if not any(item.path.is_relative_to(folder) for folder in _COMPUTING):
            item.add_marker(pytest.mark.xdist_group("engines"))
