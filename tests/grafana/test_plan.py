"""What a sync changes, and what it takes for the same."""

from typing import Any

import pytest

from grafana.plan import FoundItem, Item, compare, plan, readable


@pytest.mark.parametrize(
    ("desired", "found"),
    [
        ({"a": 1}, {"a": 1, "id": 7, "version": 3}),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 1, "added": True}]}}),
        ({"links": [], "text": "", "on": False, "none": None}, {}),
        ({"schemaVersion": 41}, {"schemaVersion": 42}),
        ({"for": "90s"}, {"for": "1m30s"}),
        ({"for": "604800s"}, {"for": "1w"}),
        ({"for": "0s"}, {"for": "0s"}),
    ],
    ids=["more fields", "more fields within", "what we leave empty", "a migrated board", "90 s", "a week", "at once"],
)
def test_what_grafana_adds_or_writes_its_own_way_is_no_difference(desired: Any, found: Any) -> None:
    assert list(compare(desired, found)) == []


@pytest.mark.parametrize(
    ("desired", "found", "path"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b"),
        ({"a": [1, 2]}, {"a": [1]}, "a"),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, "a[1].b"),
        ({"a": 0}, {}, "a"),
        ({"links": []}, {"links": [1]}, "links"),
        ({"schemaVersion": 41}, {"schemaVersion": 39}, "schemaVersion"),
        ({"for": "60s"}, {"for": "2m"}, "for"),
    ],
)
def test_a_difference_has_its_path(desired: Any, found: Any, path: str) -> None:
    assert [difference.path for difference in compare(desired, found)] == [path]


def test_a_plan_is_read_from_the_top_and_counts_at_the_end() -> None:
    desired = [Item("folder", "f", {"title": "F"}), Item("dashboard", "d", {"title": "New", "sql": "a\nb\nc"})]
    found = {
        ("dashboard", "d"): FoundItem({"title": "Old", "sql": "a\nx\nc"}),
        ("alert rule", "r"): FoundItem({}),
        ("alert rule", "kept"): FoundItem({}, "a file has it"),
    }
    told = readable(plan(desired, found, ["r", "kept"]))  # type: ignore[arg-type]
    assert told.splitlines() == [
        "+ folder f",
        "~ dashboard d",
        '    title: "Old" → "New"',
        "    sql:",
        "      @@ -1,3 +1,3 @@",
        "       a",
        "      -x",
        "      +b",
        "       c",
        "- alert rule r",
        "! alert rule kept is in no configuration, and is left alone: a file has it",
        "1 to create, 1 to update, 1 to remove",
    ]
