"""The page, the table that is printed and the tests tell of the same faults."""

import re
from pathlib import Path

import pytest

from tests.faults.catalogue import FAULTS, NOT_RUN

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "faults.md"


@pytest.mark.quick
def test_the_page_has_a_row_for_each_fault() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {int(number): what for number, what, _ in rows} == FAULTS
    assert {int(number) for number, _, how in rows if how.startswith("not run")} == set(NOT_RUN)


@pytest.mark.quick
def test_each_fault_is_made_by_a_test_or_said_not_to_be() -> None:
    text = "\n".join(file.read_text("utf-8") for file in TESTS.rglob("test_*.py"))
    made = {int(number) for number in re.findall(r"mark\.faults\((\d+)", text)}
    assert made == FAULTS.keys() - NOT_RUN.keys()
