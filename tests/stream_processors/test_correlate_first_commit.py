"""Correlate: which commits are a change's own, whatever its branch took in and however it was merged."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import CommitsPushed, Event
from stream_processors.correlate.commits import CHANGE_LIMIT
from tests.stream_processors.stories import change, deployed, push
from tests.stream_processors.telling import HOUR, cycle_hours, told_by, values_of


def _known_before(event: CommitsPushed, shas: str) -> CommitsPushed:
    """The push, with these of its commits on another branch already."""
    commits = (one.model_copy(update={"distinct": one.sha not in shas}) for one in event.commits)
    return event.model_copy(update={"commits": tuple(commits)})


def _with_paths(event: CommitsPushed, paths: dict[str, str]) -> CommitsPushed:
    commits = (one.model_copy(update={"paths": (paths[one.sha],)}) for one in event.commits)
    return event.model_copy(update={"commits": tuple(commits)})


def _with_parents(event: CommitsPushed, parents: dict[str, str]) -> CommitsPushed:
    commits = (one.model_copy(update={"parents": tuple(parents[one.sha])}) for one in event.commits)
    return event.model_copy(update={"commits": tuple(commits)})


def _cycle_of(number: str, events: list[Event]) -> float | None:
    found = values_of(told_by(events)).get(("cycle_time", "", f"northwind/ledger#{number}"))
    return found[0] / HOUR if found and found[1] else None


def _updated_branch() -> list[Event]:
    """A change begun at hour 1, which took in main with the work of 50 hours before of somebody else."""
    return [
        push("m", -60, before=None, branch="main"),
        deployed("m", -59, "d0"),
        push("xy", -50, before="m", branch="other"),
        push("ab", 1.1, before="m"),
        change("opened", 2),
        _known_before(push("xyw", 3, before="m", branch="main", committed=3), "xy"),
        _known_before(push("xywu", 4, before="b", committed=4), "xyw"),
        change("updated", 4, head="u"),
        change("merged", 8, head="u", merge_sha="s"),
        push("s", 8, before="w", branch="main"),
        deployed("s", 20, "d2"),
    ]


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_what_a_branch_takes_in_from_its_base_is_not_its_own(random: Random) -> None:
    events = _updated_branch()
    assert _cycle_of("1", events) == 19
    random.shuffle(events)
    assert _cycle_of("1", events) == 19


def test_what_a_branch_takes_in_from_its_base_touches_nothing_for_it() -> None:
    events = [
        _with_paths(one, {sha: f"services/{'ledger' if sha in 'xym' else 'other'}/a.py" for sha in "mxywabus"})
        if isinstance(one, CommitsPushed)
        else one
        for one in _updated_branch()
    ]
    assert cycle_hours(told_by(events)) == {}


def _stacked(through: str) -> list[Event]:
    """A branch on top of another, which was merged as w; it took in main at the last of `through`, w or after it."""
    parents = {"m": "", "x": "m", "y": "x", "w": "my", "v": "w", "a": "y", "b": "a", "u": f"b{through[-1]}"}
    return [
        push("m", -60, before=None, branch="main"),
        deployed("m", -59, "d0"),
        _with_parents(push("xy", -50, before="m", branch="other"), parents),
        _with_parents(push("ab", 1.1, before="y"), parents),
        change("opened", 2),
        *(_with_parents(push(one, 3 + n, before=None, branch="main"), parents) for n, one in enumerate(through)),
        _with_parents(push("u", 6, before="b"), parents),
        change("updated", 6, head="u"),
        change("merged", 8, head="u", merge_sha="s"),
        push("s", 8, before=through[-1], branch="main"),
        deployed("s", 20, "d2"),
    ]


@pytest.mark.parametrize("through", ["w", "wv"])
@given(random=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_what_main_merged_far_behind_is_not_the_own_of_who_built_on_it(through: str, random: Random) -> None:
    events = _stacked(through)
    random.shuffle(events)
    assert _cycle_of("1", events) == 19


def _fast_forwarded() -> list[Event]:
    """Two changes, one after the other, whose commits main lists as new though the branches had them."""
    return [
        push("m", -1, before=None, branch="main"),
        deployed("m", 0, "d0"),
        push("a", 1, before="m"),
        push("b", 1.1, before="a"),
        change("opened", 2),
        change("merged", 8, merge_sha="b"),
        push("ab", 8, before="m", branch="main", committed=1.1),
        push("cd", 9.1, before="b", branch="later"),
        change("opened", 10, number="2", head="d", opened=10),
        change("merged", 11, number="2", head="d", opened=10, merge_sha="d"),
        push("cd", 11, before="b", branch="main", committed=9.1),
        deployed("d", 20, "d2"),
    ]


@given(st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_change_that_was_fast_forwarded_begins_with_its_own_first_commit(random: Random) -> None:
    events = _fast_forwarded()
    assert (_cycle_of("1", events), _cycle_of("2", events)) == (19, 11)
    random.shuffle(events)
    assert (_cycle_of("1", events), _cycle_of("2", events)) == (19, 11)


def test_what_main_had_first_is_its_own_though_a_rebased_branch_lists_it_as_new() -> None:
    events = [
        push("m", -60, before=None, branch="main"),
        deployed("m", -59, "d0"),
        push("kl", -50, before="m", branch="main"),
        push("klab", 1.1, before="m", forced=True),
        change("opened", 2),
        change("merged", 8, merge_sha="s"),
        push("s", 8, before="l", branch="main"),
        deployed("s", 20, "d2"),
    ]
    assert {_cycle_of("1", [*events[:3], *order]) for order in permutations(events[3:])} == {19}


def test_a_change_whose_base_nobody_tells_has_no_first_commit() -> None:
    events = [
        push("l", -700, before=None, branch="main"),
        push("m", -1, before="l", branch="main"),
        deployed("m", 0, "d0"),
        push("ab", 1.1, before="m"),
        change("opened", 2).model_copy(update={"base_branch": None}),
        change("merged", 8, merge_sha="s").model_copy(update={"base_branch": None}),
        push("s", 8, before="m", branch="main"),
        deployed("s", 20, "d2"),
    ]
    assert {(one.value, one.weight, one.linked) for one in told_by(events).values()} == {(0, 0, False)}
    told_late = change("updated", 9).model_copy(update={"state": "merged"})
    assert _cycle_of("1", [*events, told_late]) == 19


def test_a_change_of_very_many_heads_has_its_first_commit() -> None:
    story = _updated_branch()
    heads = (change("updated", 5, head=f"gone{n}").model_copy(update={"id": f"{n}"}) for n in range(CHANGE_LIMIT))
    assert _cycle_of("1", [*heads, *story]) == 19
