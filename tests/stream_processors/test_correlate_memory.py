"""Correlate: what a record remembers, however much of it and in whichever order it came, and what older ones hold."""

from itertools import permutations
from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Event, GateOutcome, Origin
from tests.stream_processors.memory_state import MemoryState
from tests.stream_processors.stories import ADA, BEN, change, comment, gate, review, run, task, whole_change
from tests.stream_processors.telling import HOUR, cycle_hours, told_by, values_of

CALLED_OTHERWISE = Origin(repository="Northwind/Ledger")


def _shuffled(events: list[Event], seed: int) -> list[Event]:
    return Random(seed).sample(events, len(events))


@pytest.mark.parametrize("type_", ["DeploymentUpdated", "CommitsPushed", "ReviewSubmitted", "ChangeUpdated"])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_case_of_a_repository_keeps_nothing_apart(type_: str, seed: int) -> None:
    events = [
        one.model_copy(update={"origin": CALLED_OTHERWISE}) if one.type == type_ else one for one in whole_change()
    ]
    told = told_by(_shuffled(events, seed))
    assert cycle_hours(told) == {"": 19, "coding": 1, "pickup": 3, "review": 3, "deploy": 12}
    assert len({one.subject for one in told.values() if one.value is not None}) == 1


def test_a_change_is_called_as_its_own_events_spell_its_repository() -> None:
    otherwise = {"origin": CALLED_OTHERWISE}
    delivered: list[Event] = [
        one.model_copy(update=otherwise) if one.type == "DeploymentUpdated" else one for one in whole_change()
    ]
    assert {one.subject for one in told_by(delivered).values()} == {"northwind/ledger#1"}
    everything = [one.model_copy(update=otherwise) for one in whole_change()]
    assert {one.subject for one in told_by(everything).values()} == {"Northwind/Ledger#1"}


def test_records_that_were_kept_under_the_name_as_told_are_found() -> None:
    *events, first, second = (one.model_copy(update={"origin": CALLED_OTHERWISE}) for one in whole_change())
    written, state = MemoryState(), MemoryState()
    told_by([*events, first], written)
    for key, value in written.items():
        fields = orjson.loads(value)
        fields.pop("repository", None)
        state[key.replace(b"northwind/ledger", b"Northwind/Ledger")] = orjson.dumps(fields)
    told = told_by([second, first], state)
    assert cycle_hours(told)[""] == 19
    assert {one.subject for one in told.values()} == {"Northwind/Ledger#1"}


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_review_is_found_behind_the_many_comments_of_a_draft(seed: int) -> None:
    talk: list[Event] = [comment(2 + n / 100, BEN) for n in range(60)]
    hours = cycle_hours(told_by(_shuffled([*talk, *whole_change(), change("ready", 4)], seed)))
    assert (hours["pickup"], hours["review"]) == (1, 3)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_first_review_is_found_before_very_many_comments(seed: int) -> None:
    talk: list[Event] = [comment(5.01 + n / 50, BEN) for n in range(130)]
    hours = cycle_hours(told_by(_shuffled([*whole_change(), *talk], seed)))
    assert (hours["pickup"], hours["review"]) == (3, 3)


def _called(name: str, hours: float, state: str = "finished") -> Event:
    event = run("finished", hours, "success") if state == "finished" else run("started", hours)
    return event.model_copy(update={"pipeline": name, "id": f"{name}@{hours}"})


def test_a_name_may_hold_any_character() -> None:
    told = told_by([_called("a\x1fb", 1), _called("c", 1.1, "started")])
    assert {part for _, part, _ in values_of(told)} == {"", "c"}
    assert {one.part for one in told.values() if one.value is None} == {"a\x1fb"}


def test_what_was_remembered_of_a_name_before_it_was_escaped_is_not_retracted() -> None:
    state = MemoryState()
    told = told_by([_called("a\x1fb", 1)], state)
    for key, value in state.items():
        state[key] = value.replace(b"a\\u0000b", b"a\\u001fb")
    assert values_of(told_by([_called("a\x1fb", 1)], state)) == values_of(told)
    assert {one.part for one in told_by([_called("c", 1.1, "started")], state).values() if one.value is None} == {
        "a\x1fb"
    }


@given(st.permutations([run("finished", n, "success", attempt=n) for n in range(1, 56)]))
@settings(max_examples=20, deadline=None)
def test_what_was_said_of_attempts_that_are_forgotten_stays(events: list[Event]) -> None:
    assert {one.value for one in told_by(events).values()} == {round(0.2 * HOUR)}
    ordered = sorted(events, key=lambda one: one.occurred_at)
    assert len(told_by(ordered)) == 2 * 55


@given(st.permutations([gate("failed" if n < 3 else "passed", n, f"e{n:02}") for n in range(55)]))
@settings(max_examples=30, deadline=None)
def test_every_evaluation_counts_whichever_comes_last(events: list[Event]) -> None:
    values = values_of(told_by(events))
    assert values["first_pass_yield", "unit", "unit@b"] == (0, 1)
    counted = [value for (metric, part, _), value in values.items() if (metric, part) == ("gate_pass_rate", "unit")]
    assert sorted(value for value in counted if value is not None) == [(0, 1)] * 3 + [(1, 1)] * 52


def test_the_first_verdict_is_kept_behind_an_evaluation_without_one() -> None:
    outcomes: list[GateOutcome] = ["skipped", "failed", *["passed"] * 60]  # type: ignore[list-item]
    events = [gate(outcome, n, f"e{n:02}") for n, outcome in enumerate(outcomes)]
    assert values_of(told_by(events))["first_pass_yield", "unit", "unit@b"] == (0, 1)


def test_a_run_is_called_by_what_was_told_last_in_its_time() -> None:
    events = [_called("build", 0.9, "started"), _called("release", 1), task("unit", 1)]
    assert {frozenset(values_of(told_by(order))) for order in permutations(events)} == {
        frozenset(("pipeline_duration", part, "7/1") for part in ("", "release"))
    }


def test_a_name_that_was_kept_without_its_time_stands_until_another_is_told() -> None:
    state = MemoryState()
    told_by([_called("build", 1)], state)
    for key, value in state.items():
        if key.startswith(b"run"):
            fields = orjson.loads(value)
            fields["attempts"]["1"]["pipeline"] = "build"
            state[key] = orjson.dumps(fields)
    assert {part for _, part, _ in values_of(told_by([task("unit", 1)], state))} == {"", "build"}
    assert {part for _, part, _ in values_of(told_by([_called("release", 1.1, "started")], state))} == {"", "release"}


def test_the_author_is_who_was_told_first_in_the_changes_time() -> None:
    by_ben = change("updated", 2.5).model_copy(update={"author": BEN})
    others = [one for one in whole_change() if one.type != "ChangeUpdated"]
    changes: list[Event] = [change("opened", 2), by_ben, change("merged", 8, merge_sha="s")]
    assert {cycle_hours(told_by([*order, *others]))["pickup"] for order in permutations(changes)} == {3}
    merged_by = [change("opened", 2).model_copy(update={"author": BEN}), *changes[1:]]
    assert {cycle_hours(told_by([*order, *others]))["pickup"] for order in permutations(merged_by)} == {1.5}


def test_an_author_that_was_kept_without_a_time_stays() -> None:
    state = MemoryState()
    *events, last, again = whole_change()
    told_by([*events], state)
    for key, value in state.items():
        if key.startswith(b"change"):
            state[key] = orjson.dumps({**orjson.loads(value), "author": ADA.id})
    assert cycle_hours(told_by([last, again, review(5)], state))["pickup"] == 3
