"""Correlate: what it observes of a delivery, in any order, however often, across crashes."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Event, GateOutcome, Outcome, Tier
from schemas.observations import Observation
from stream_processors.correlate import correlate, is_too_late
from stream_processors.correlate.ledger import HORIZON_MS, Ledger
from tests.stream_processors.memory_state import Crash, MemoryState
from tests.stream_processors.stories import (
    BEN,
    SERVICE,
    at,
    change,
    comment,
    deployed,
    gate,
    push,
    review,
    run,
    task,
    whole_change,
)

HOUR = 3_600_000


class _Catalog:
    def touches(self, service: str, repository: str, paths: tuple[str, ...]) -> bool:
        return any(path.startswith(f"services/{service}/") for path in paths)

    def is_production(self, service: str, environment: str, tier: Tier | None) -> bool:
        return tier == "production"


def _feed(event: Event, state: MemoryState) -> list[Observation]:
    ledger = Ledger(state, SERVICE, round(at(100).timestamp() * 1000))
    observations = correlate(event, ledger, _Catalog())
    ledger.flush()
    return observations


def _told(events: Iterable[Event], state: MemoryState | None = None) -> dict[str, Observation]:
    """The last word on each observation."""
    state = MemoryState() if state is None else state
    return {one.id: one for event in events for one in _feed(event, state)}


def _values(told: dict[str, Observation]) -> dict[tuple[str, str, str], tuple[int, int] | None]:
    """(metric, part, subject) → (value, weight), without those retracted."""
    return {
        (one.metric, one.part, one.subject): (one.value, one.weight) for one in told.values() if one.value is not None
    }


def _cycle_hours(told: dict[str, Observation]) -> dict[str, float | None]:
    return {
        part: value[0] / HOUR if value[1] else None
        for (metric, part, _), value in _values(told).items()
        if metric == "cycle_time" and value is not None
    }


def test_the_stages_of_a_change_add_up_to_its_cycle_time() -> None:
    hours = _cycle_hours(_told(whole_change()))
    assert hours == {"": 19, "coding": 1, "pickup": 3, "review": 3, "deploy": 12}
    assert sum(value for part, value in hours.items() if part and value) == hours[""]


def test_an_observation_carries_the_events_it_rests_on() -> None:
    events = whole_change()
    whole = next(one for one in _told(events).values() if one.part == "")
    by_id = {event.id: event for event in events}
    assert {by_id[id_].type for id_ in whole.evidence} == {
        "CommitsPushed",
        "ChangeUpdated",
        "ReviewSubmitted",
        "DeploymentUpdated",
    }
    assert whole.evidence_count == len(whole.evidence)
    assert whole.at == at(20)
    assert whole.linked


def test_a_change_that_is_not_in_production_has_no_cycle_time() -> None:
    assert _cycle_hours(_told(whole_change()[:-2])) == {}


def test_the_first_deployment_carries_no_change() -> None:
    events = [event for event in whole_change() if event.id != deployed("m", 0, "d0").id]
    assert _cycle_hours(_told(events)) == {}


def test_an_earlier_deployment_that_comes_late_measures_the_changes_of_the_former_first() -> None:
    events = whole_change()
    assert _cycle_hours(_told([*events[:1], *events[2:], events[1]]))[""] == 19


def test_a_change_whose_first_commit_is_unknown_is_not_linked_and_has_no_value() -> None:
    events = [event for event in whole_change() if event.id != push("ab", 1.1, before="m").id]
    told = _told(events)
    assert {one.linked for one in told.values()} == {False}
    assert set(_values(told).values()) == {(0, 0)}


def test_a_change_without_a_review_is_picked_up_by_its_merge() -> None:
    hours = _cycle_hours(_told(event for event in whole_change() if event.type != "ReviewSubmitted"))
    assert hours["pickup"] == 6
    assert hours["review"] == 0


def test_a_draft_is_picked_up_from_the_moment_it_is_ready() -> None:
    hours = _cycle_hours(_told([*whole_change(), change("ready", 4), comment(3, BEN)]))
    assert (hours["coding"], hours["pickup"]) == (3, 1)


def test_a_merge_before_its_opening_is_flagged_and_not_clamped() -> None:
    events: list[Event] = [event for event in whole_change() if event.type != "ChangeUpdated"]
    events += [change("opened", 9, opened=9), change("merged", 8, opened=9, merge_sha="s")]
    told = _told(events)
    assert {(one.value, one.weight, one.linked) for one in told.values()} == {(0, 0, False)}


def test_work_begins_with_the_first_commit_even_if_a_rebase_replaced_it() -> None:
    rebased = push("xy", 6, before="b", forced=True)
    hours = _cycle_hours(_told([*whole_change(), rebased, change("updated", 6, head="y")]))
    assert hours["coding"] == 1


def test_a_change_whose_commits_touch_nothing_of_the_service_is_not_observed() -> None:
    elsewhere = [
        event.model_copy(
            update={"commits": tuple(c.model_copy(update={"paths": ("services/other/a.py",)}) for c in event.commits)}
        )
        if event.type == "CommitsPushed"
        else event
        for event in whole_change()
    ]
    assert _cycle_hours(_told(elsewhere)) == {}


def test_paths_that_come_late_retract_what_was_said() -> None:
    elsewhere = push("s", 8, before="m", branch="main", paths=("services/other/a.py",))
    told = _told([*whole_change(), elsewhere])
    retracted = [one for one in told.values() if one.metric == "cycle_time"]
    assert len(retracted) == 5
    assert {one.value for one in retracted} == {None}


def test_several_commits_between_two_deployments_belong_to_the_later_one() -> None:
    events = [
        *whole_change()[:2],
        *(change("merged", 3 + n, number=str(n), merge_sha=sha, head=f"h{n}") for n, sha in enumerate("tuv")),
        push("tuv", 6, before="m", branch="main"),
        deployed("v", 9, "d1"),
    ]
    told = _told(events)
    assert {one.subject for one in told.values()} == {f"northwind/ledger#{n}" for n in range(3)}
    assert {one.at for one in told.values()} == {at(9)}


def test_a_run_is_measured_once_it_has_finished() -> None:
    assert _values(_told([run("queued", 1), run("started", 1)])) == {}
    values = _values(_told([run("queued", 1), run("started", 1), run("finished", 1.2, "failure")]))
    assert values == {("pipeline_duration", part, "7/1"): (round(0.2 * HOUR), 1) for part in ("", "ci")}


def test_a_run_that_finished_before_it_started_is_flagged_and_not_clamped() -> None:
    told = _told([run("started", 2), run("finished", 1, "success").model_copy(update={"started_at": at(2)})])
    assert {(one.value, one.weight, one.linked) for one in told.values()} == {(0, 0, False)}


@pytest.mark.parametrize("outcome", ["cancelled", "skipped", "neutral", "error"])
def test_a_run_without_a_verdict_is_not_measured(outcome: Outcome) -> None:
    assert _values(_told([run("finished", 1, outcome)])) == {}


def test_an_attempt_that_repeats_only_some_jobs_is_left_out() -> None:
    first: list[Event] = [task("build", 1), task("test", 1), run("finished", 1, "failure")]
    again: list[Event] = [task("test", 2, attempt=2), run("finished", 2, "success", attempt=2)]
    subjects = {subject for _, _, subject in _values(_told([*first, *again]))}
    assert subjects == {"7/1"}
    assert {subject for _, _, subject in _values(_told([*first, *again, task("build", 2, attempt=2)]))} == {
        "7/1",
        "7/2",
    }


def test_every_evaluation_counts_and_the_first_one_decides_the_first_pass() -> None:
    values = _values(_told([gate("pending", 1, "e1"), gate("failed", 1.1, "e1"), gate("passed", 2, "e2")]))
    assert values["gate_pass_rate", "unit", "e1"] == (0, 1)
    assert values["gate_pass_rate", "unit", "e2"] == (1, 1)
    assert values["first_pass_yield", "unit", "unit@b"] == (0, 1)
    assert len(values) == 6


@pytest.mark.parametrize("outcome", ["skipped", "cancelled", "error", "pending"])
def test_an_evaluation_without_a_verdict_does_not_count(outcome: GateOutcome) -> None:
    assert _values(_told([gate(outcome, 1, "e1")])) == {}


def test_a_service_names_fifty_parts_and_calls_the_rest_other() -> None:
    told = _told(gate("passed", 1, f"e{n}", name=f"gate-{n}") for n in range(55))
    parts = {one.part for one in told.values()}
    assert len(parts) == 52
    assert {"", "other"} < parts


def _everything() -> list[Event]:
    return [
        *whole_change(),
        push("xy", 6, before="b", forced=True),
        change("updated", 6, head="y"),
        change("ready", 4),
        review(3, BEN),
        *(change("merged", 13 + n, number=str(n + 2), merge_sha=sha, head=f"h{n}") for n, sha in enumerate("tu")),
        push("tu", 14, before="s", branch="main"),
        deployed("u", 40, "d4"),
        run("started", 1),
        run("finished", 1.2, "failure"),
        task("build", 1),
        task("test", 1),
        task("test", 2, attempt=2),
        run("finished", 2, "success", attempt=2),
        gate("pending", 1, "e1"),
        gate("failed", 1.1, "e1"),
        gate("passed", 2, "e2"),
    ]


def _facts(told: dict[str, Observation]) -> dict[str, Observation]:
    """What counts: retractions of what was never said elsewhere leave nothing behind."""
    return {id_: one for id_, one in told.items() if one.value is not None}


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_events_changes_nothing(random: Random) -> None:
    events = _everything()
    expected = _facts(_told(events))
    random.shuffle(events)
    assert _facts(_told(events)) == expected


@given(st.lists(st.integers(0, len(_everything()) - 1), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_replay_changes_nothing(again: list[int]) -> None:
    events, state = _everything(), MemoryState()
    expected, before = _told(events, state), dict(state)
    assert {**expected, **_told((events[n] for n in again), state)} == expected
    assert dict(state) == before


@given(st.randoms(use_true_random=False), st.integers(0, 200))
@settings(max_examples=300, deadline=None)
def test_a_crash_between_two_writes_changes_nothing(random: Random, writes: int) -> None:
    """The event under way is repeated: half of its keys had been written, none of its observations published."""
    events = _everything()
    expected = _facts(_told(events))
    random.shuffle(events)
    state, told = MemoryState(), {}
    state.writes_left = writes
    for event in events:
        try:
            observations = _feed(event, state)
        except Crash:  # the process starts again, over what was written
            state.writes_left = None
            observations = _feed(event, state)
        told.update({one.id: one for one in observations})
    assert _facts(told) == expected


def test_an_event_beyond_the_horizon_is_left_out_unless_its_subject_is_known_or_it_is_history() -> None:
    late = run("finished", 0, "success")
    arrived = round(at(0).timestamp() * 1000) + HORIZON_MS + 60_000 + HOUR
    state = MemoryState()
    assert is_too_late(late, Ledger(state, SERVICE, arrived))
    assert not is_too_late(late, Ledger(state, SERVICE, arrived - 2 * HOUR))
    assert not is_too_late(late.model_copy(update={"history": True}), Ledger(state, SERVICE, arrived))
    _feed(run("started", 0), state)
    assert not is_too_late(late, Ledger(state, SERVICE, arrived))
