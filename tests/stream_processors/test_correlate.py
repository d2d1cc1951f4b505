"""Correlate: what it observes of a delivery."""

import pytest

from schemas.events import STEPS, CommitsPushed, Event, GateOutcome, Outcome
from stream_processors.correlate import is_too_late
from stream_processors.correlate.ledger import HORIZON_MS, Ledger
from tests.stream_processors.memory_state import MemoryState
from tests.stream_processors.stories import (
    BEN,
    SERVICE,
    at,
    change,
    comment,
    deployed,
    gate,
    push,
    run,
    task,
    whole_change,
)
from tests.stream_processors.telling import HOUR, cycle_hours, feed, told_by, values_of


def test_the_stages_of_a_change_add_up_to_its_cycle_time() -> None:
    hours = cycle_hours(told_by(whole_change()))
    assert hours == {"": 19, "coding": 1, "pickup": 3, "review": 3, "deploy": 12}
    assert sum(value for part, value in hours.items() if part and value) == hours[""]


def test_an_observation_carries_the_events_it_rests_on() -> None:
    events = whole_change()
    whole = next(one for one in told_by(events).values() if one.part == "")
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
    assert cycle_hours(told_by(whole_change()[:-2])) == {}


def test_the_first_deployment_carries_no_change() -> None:
    events = [event for event in whole_change() if event.id != deployed("m", 0, "d0").id]
    assert cycle_hours(told_by(events)) == {}


def test_an_earlier_deployment_that_comes_late_measures_the_changes_of_the_former_first() -> None:
    events = whole_change()
    assert cycle_hours(told_by([*events[:1], *events[2:], events[1]]))[""] == 19


def test_a_change_whose_first_commit_is_unknown_is_not_linked_and_has_no_value() -> None:
    events = [event for event in whole_change() if event.id != push("ab", 1.1, before="m").id]
    told = told_by(events)
    assert {one.linked for one in told.values()} == {False}
    assert set(values_of(told).values()) == {(0, 0)}


def test_a_change_without_a_review_is_picked_up_by_its_merge() -> None:
    hours = cycle_hours(told_by(event for event in whole_change() if event.type != "ReviewSubmitted"))
    assert hours["pickup"] == 6
    assert hours["review"] == 0


def test_a_draft_is_picked_up_from_the_moment_it_is_ready() -> None:
    hours = cycle_hours(told_by([*whole_change(), change("ready", 4), comment(3, BEN)]))
    assert (hours["coding"], hours["pickup"]) == (3, 1)


def test_a_merge_before_its_opening_is_flagged_and_not_clamped() -> None:
    events: list[Event] = [event for event in whole_change() if event.type != "ChangeUpdated"]
    events += [change("opened", 9, opened=9), change("merged", 8, opened=9, merge_sha="s")]
    told = told_by(events)
    assert {(one.value, one.weight, one.linked) for one in told.values()} == {(0, 0, False)}


def test_work_begins_with_the_first_commit_even_if_a_rebase_replaced_it() -> None:
    rebased = push("xy", 6, before="b", forced=True)
    hours = cycle_hours(told_by([*whole_change(), rebased, change("updated", 6, head="y")]))
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
    assert cycle_hours(told_by(elsewhere)) == {}


def test_paths_that_come_late_retract_what_was_said() -> None:
    elsewhere = push("s", 8, before="m", branch="main", paths=("services/other/a.py",))
    told = told_by([*whole_change(), elsewhere])
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
    told = told_by(events)
    assert {one.subject for one in told.values()} == {f"northwind/ledger#{n}" for n in range(3)}
    assert {one.at for one in told.values()} == {at(9)}


def _known_before(event: CommitsPushed, *shas: str) -> CommitsPushed:
    """The push, with these of its commits on another branch already."""
    commits = (one.model_copy(update={"distinct": one.sha not in shas}) for one in event.commits)
    return event.model_copy(update={"commits": tuple(commits)})


def test_a_merge_of_main_into_another_branch_brings_nothing_into_production() -> None:
    to_develop = {"base_branch": "develop"}
    events = [
        push("m", -2, before=None, branch="main"),
        deployed("m", -1, "d0"),
        push("d", 0, before="m", branch="develop"),
        push("ab", 1, before="d"),
        change("opened", 2).model_copy(update=to_develop),
        change("merged", 3, merge_sha="f").model_copy(update=to_develop),
        push("f", 3, before="d", branch="develop"),
        push("h", 4, before="m", branch="main"),
        deployed("h", 5, "d1"),
        _known_before(push("hM", 6, before="f", branch="develop"), "h"),
    ]
    assert cycle_hours(told_by(events)) == {}


def test_a_merge_commit_carries_the_commits_of_its_branch() -> None:
    events = [
        *whole_change()[:7],
        change("merged", 8, merge_sha="M"),
        _known_before(push("abM", 8, before="m", branch="main", committed=1.2), "a", "b"),
        deployed("M", 20, "d2"),
    ]
    assert cycle_hours(told_by(events))[""] == 19


def test_commits_that_turn_out_to_follow_others_are_looked_at_again() -> None:
    base: list[Event] = [
        push("m", -1, before=None, branch="main"),
        deployed("m", 0, "d0"),
        push("a", 1, before="m", branch="other"),
        push("b", 2, before=None),
        change("opened", 3, opened=3),
        change("merged", 8, opened=3, merge_sha="s"),
        push("s", 8, before="m", branch="main"),
        deployed("s", 20, "d2"),
    ]
    late = _known_before(push("ab", 9, before="m", branch="integration", committed=2), "a", "b")
    assert cycle_hours(told_by([*base, late])) == cycle_hours(told_by([late, *base]))


def test_a_foreign_change_of_a_monorepo_that_only_main_tells_of_is_not_observed() -> None:
    pushed = _known_before(push("abM", 8, before="m", branch="main", paths=("services/other/a.py",)), "a", "b")
    events: list[Event] = [
        push("m", -1, before=None, branch="main"),
        deployed("m", 0, "d0"),
        change("opened", 2),
        change("merged", 8, merge_sha="M"),
        pushed,
        deployed("M", 20, "d2"),
    ]
    assert cycle_hours(told_by(events)) == {}


def test_what_a_gate_remembers_is_bounded_and_what_it_said_stays() -> None:
    state = MemoryState()
    told = told_by((gate("passed", n / 100, f"e{n}") for n in range(120)), state)
    assert {one.value for one in told.values()} == {1}
    assert max(len(value) for key, value in state.items() if key.startswith(b"gate")) < 12_000


def test_a_run_is_measured_once_it_has_finished() -> None:
    assert values_of(told_by([run("queued", 1), run("started", 1)])) == {}
    values = values_of(told_by([run("queued", 1), run("started", 1), run("finished", 1.2, "failure")]))
    assert values == {("pipeline_duration", part, "7/1"): (round(0.2 * HOUR), 1) for part in ("", "ci")}


def test_a_run_that_finished_before_it_started_is_flagged_and_not_clamped() -> None:
    told = told_by([run("started", 2), run("finished", 1, "success").model_copy(update={"started_at": at(2)})])
    assert {(one.value, one.weight, one.linked) for one in told.values()} == {(0, 0, False)}


@pytest.mark.parametrize("outcome", ["cancelled", "skipped", "neutral", "error"])
def test_a_run_without_a_verdict_is_not_measured(outcome: Outcome) -> None:
    assert values_of(told_by([run("finished", 1, outcome)])) == {}


def test_an_attempt_that_repeats_only_some_jobs_is_left_out() -> None:
    first: list[Event] = [task("build", 1), task("test", 1), run("finished", 1, "failure")]
    again: list[Event] = [task("test", 2, attempt=2), run("finished", 2, "success", attempt=2)]
    subjects = {subject for _, _, subject in values_of(told_by([*first, *again]))}
    assert subjects == {"7/1"}
    assert {subject for _, _, subject in values_of(told_by([*first, *again, task("build", 2, attempt=2)]))} == {
        "7/1",
        "7/2",
    }


def test_a_step_that_was_measured_is_no_job_an_attempt_without_it_is_whole() -> None:
    step = task("unit tests", 1).model_copy(update={"source": STEPS})
    first: list[Event] = [task("build", 1), step, run("finished", 1, "failure")]
    again: list[Event] = [task("build", 2, attempt=2), run("finished", 2, "failure", attempt=2)]
    assert values_of(told_by([*first, *again])) == values_of(told_by([one for one in [*first, *again] if one != step]))
    assert told_by([step]) == {}


def test_every_evaluation_counts_and_the_first_one_decides_the_first_pass() -> None:
    values = values_of(told_by([gate("pending", 1, "e1"), gate("failed", 1.1, "e1"), gate("passed", 2, "e2")]))
    assert values["gate_pass_rate", "unit", "e1"] == (0, 1)
    assert values["gate_pass_rate", "unit", "e2"] == (1, 1)
    assert values["first_pass_yield", "unit", "unit@b"] == (0, 1)
    assert len(values) == 6


@pytest.mark.parametrize("outcome", ["skipped", "cancelled", "error", "pending"])
def test_an_evaluation_without_a_verdict_does_not_count(outcome: GateOutcome) -> None:
    assert values_of(told_by([gate(outcome, 1, "e1")])) == {}


def test_a_service_names_fifty_parts_and_calls_the_rest_other() -> None:
    told = told_by(gate("passed", 1, f"e{n}", name=f"gate-{n}") for n in range(55))
    parts = {one.part for one in told.values()}
    assert len(parts) == 52
    assert {"", "other"} < parts


def test_an_event_beyond_the_horizon_is_left_out_unless_its_subject_is_known_or_it_is_history() -> None:
    late = run("finished", 0, "success")
    arrived = round(at(0).timestamp() * 1000) + HORIZON_MS + 60_000 + HOUR
    state = MemoryState()
    assert is_too_late(late, Ledger(state, SERVICE, arrived))
    assert not is_too_late(late, Ledger(state, SERVICE, arrived - 2 * HOUR))
    assert not is_too_late(late.model_copy(update={"history": True}), Ledger(state, SERVICE, arrived))
    feed(run("started", 0), state)
    assert not is_too_late(late, Ledger(state, SERVICE, arrived))
