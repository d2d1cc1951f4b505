"""Which fields a vendor's payloads have, and how that changes between two times."""

from typing import Any

import pytest

from producers.drift import MOST_FIELDS, Drifted, Shape, drift


def shape(*payloads: Any) -> Shape:
    found = Shape()
    for payload in payloads:
        found.add(payload)
    return found


def drifted(before: list[Any], after: list[Any]) -> list[tuple[str, str]]:
    found = drift("acme", "run", shape(*before), shape(*after))
    return [(one.change, one.field) for one in found]


def test_a_shape_counts_the_payloads_that_have_a_field_by_its_type() -> None:
    of = shape({"id": 1, "by": {"login": "x"}, "jobs": [{"n": 1}, {"n": "2"}]}, {"id": 2, "by": None})
    assert of.payloads == 2
    assert {path: dict(types) for path, types in of.fields.items()} == {
        "id": {"number": 2},
        "by": {"object": 1, "null": 1},
        "by.login": {"text": 1},
        "jobs": {"list": 1},
        "jobs[]": {"object": 1},
        "jobs[].n": {"number": 1, "text": 1},
    }


def test_the_same_payloads_do_not_drift() -> None:
    payloads = [{"id": 1, "by": {"login": "x"}}, {"id": 2, "by": None, "odd": [True, 1.5, {}]}]
    assert drifted(payloads, payloads) == []


def test_what_appears_and_what_vanishes_is_named_once_however_much_is_below_it() -> None:
    before, after = {"id": 1, "by": {"login": "x", "kind": {"a": 1}}}, {"id": 1, "actor": {"login": "x", "kind": "y"}}
    assert drifted([before] * 9, [after] * 9) == [("appeared", "actor"), ("vanished", "by")]


def test_a_change_of_type_says_both_and_counts() -> None:
    [found] = drift("acme", "run", shape({"id": 1}, {"id": 2}), shape({"id": "1"}, {"id": 2}, {"id": "3"}))
    assert found == Drifted("acme", "run", "id", "type", {"number": 2}, {"text": 2, "number": 1}, 2, 3)
    assert drifted([{"by": {"login": "x"}}] * 9, [{"by": "x"}] * 9) == [("type", "by")]
    assert drifted([{"jobs": [1]}], [{"jobs": ["1"]}]) == [("type", "jobs[]")]


def test_null_is_no_type_and_neither_is_a_value_that_comes_for_the_first_time() -> None:
    assert drifted([{"ended": None}], [{"ended": "now"}]) == []
    assert drifted([{"ended": "now"}], [{"ended": None}]) == []
    assert drifted([{"n": 1}], [{"n": 1.5}]) == []


@pytest.mark.parametrize(("rare", "of", "seen", "told"), [(1, 100, 10, False), (50, 100, 10, True), (1, 1, 1, True)])
def test_a_field_of_few_payloads_may_be_missing_by_chance(rare: int, of: int, seen: int, told: bool) -> None:
    with_it = [{"id": 1, "odd": 1}] * rare + [{"id": 1}] * (of - rare)
    without = [{"id": 1}] * seen
    assert drifted(with_it, without) == ([("vanished", "odd")] if told else [])
    assert drifted(without, with_it) == ([("appeared", "odd")] if told else [])


def test_of_an_event_that_came_in_one_time_only_nothing_is_told() -> None:
    assert drifted([], [{"id": 1}]) == drifted([{"id": 1}], []) == []


@pytest.mark.parametrize(
    "key", ["7", "0123abc4", "src/cart.py", "ann@mail.example", "app.kubernetes.io/name", "x" * 70]
)
def test_a_key_that_is_data_is_no_field_of_its_own(key: str) -> None:
    assert sorted(shape({"files": {key: 1}}).fields) == ["files", "files.*"]
    assert drifted([{"files": {key: 1}}], [{"files": {"8": 1}}]) == []


def test_a_payload_whose_keys_are_data_takes_no_more_memory_than_it_may_and_nothing_is_told_of_what_was_left_out() -> (
    None
):
    many = {f"key{number}": 1 for number in range(MOST_FIELDS + 5)}
    of = shape(many)
    assert (len(of.fields), of.crowded) == (MOST_FIELDS, True)
    assert drift("acme", "run", of, shape(many)) == []


def test_a_deep_payload_is_gone_through() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = {"a": [deep]}
    assert shape(deep).payloads == 1
