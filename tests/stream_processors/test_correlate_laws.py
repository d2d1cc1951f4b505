"""The laws of correlate: order, repetition and a crash between any two writes change nothing."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Event
from schemas.observations import Observation
from tests.stream_processors.memory_state import Crash, MemoryState
from tests.stream_processors.stories import BEN, change, deployed, gate, push, review, run, task, whole_change
from tests.stream_processors.telling import feed, told_by


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
@pytest.mark.faults(19)
def test_the_order_of_events_changes_nothing(random: Random) -> None:
    events = _everything()
    expected = _facts(told_by(events))
    random.shuffle(events)
    assert _facts(told_by(events)) == expected


@given(st.lists(st.integers(0, len(_everything()) - 1), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_replay_changes_nothing(again: list[int]) -> None:
    events, state = _everything(), MemoryState()
    expected, before = told_by(events, state), dict(state)
    assert {**expected, **told_by((events[n] for n in again), state)} == expected
    assert dict(state) == before


@given(st.randoms(use_true_random=False), st.integers(0, 200))
@settings(max_examples=300, deadline=None)
def test_a_crash_between_two_writes_changes_nothing(random: Random, writes: int) -> None:
    """The event under way is repeated: half of its keys had been written, none of its observations published."""
    events = _everything()
    expected = _facts(told_by(events))
    random.shuffle(events)
    state, told = MemoryState(), {}
    state.writes_left = writes
    for event in events:
        try:
            observations = feed(event, state)
        except Crash:  # the process starts again, over what was written
            state.writes_left = None
            observations = feed(event, state)
        told.update({one.id: one for one in observations})
    assert _facts(told) == expected
