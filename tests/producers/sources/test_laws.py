"""Laws of every source, whatever is done to its payloads."""

import copy
from dataclasses import replace
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.gateway import read
from producers.registry import find_source
from producers.source import Unmappable
from tests.producers.sources.golden import SALT, Case, cases

CASES = [case for case in cases() if case.events()]
GONE = object()
ODD: list[Any] = [
    GONE, None, "", "\x00", "x\x00y", "é" * 2_000, 0, -1, 10**18, 1.5, True, [], {}, [1], [[]], [None], {"id": 1},
    "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-05T10:00:00", "tomorrow",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value below `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, below in inner for place in ((*path, key), *places(below, (*path, key)))]


def mutation(draw: st.DrawFn, document: Any) -> Any:
    """A copy of `document` in which up to three values are gone or something else."""
    body = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        found = places(body)
        if not found:
            break
        *above, last = draw(st.sampled_from(found))
        holder = body
        for key in above:
            holder = holder[key]
        odd = draw(st.sampled_from(ODD))
        if odd is GONE:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(odd)
    return body


@st.composite
def mutated(draw: st.DrawFn) -> Case:
    """A case in which up to three values are gone or something else."""
    case = draw(st.sampled_from(CASES))
    return replace(case, body=mutation(draw, case.body))


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_whatever_a_payload_holds_only_unmappable_leaves_a_source(case: Case) -> None:
    delivery = replace(case.delivery(), document=orjson.loads(orjson.dumps(case.body)))
    try:
        events = find_source(case.source).normalise(delivery)
    except Unmappable as unmappable:  # the one exception that a source may raise
        field = unmappable.field
    else:
        field = "none is needed"
        assert all(event.id for event in events)
    assert field, "the dead letter names the field"


def test_a_list_instead_of_an_object_is_a_dead_letter_that_says_so() -> None:
    for case in CASES:
        reading = read(replace(case, body=[case.body]).delivery(), find_source(case.source), SALT)
        assert (reading.outcome, reading.reason) == ("dead-letter", "the document is not an object")


def test_a_missing_field_is_named_by_its_path() -> None:
    run = next(case for case in CASES if str(case) == "github-workflow_run-success")
    body = copy.deepcopy(run.body)
    del body["workflow_run"]["id"]
    reading = read(replace(run, body=body).delivery(), find_source("github"), SALT)
    assert (reading.outcome, reading.field) == ("dead-letter", "workflow_run.id")


def test_the_same_payload_gives_the_same_events_and_different_facts_have_different_ids() -> None:
    ids: dict[str, Any] = {}
    for case in CASES:
        assert case.events() == case.events()
        for event in case.events():
            assert ids.setdefault(event["id"], event) == event, f"{case}: two facts with one id"


def test_what_was_stored_gives_the_same_events_again() -> None:
    for case in CASES:
        source, delivery = find_source(case.source), case.delivery()
        first = read(delivery, source, SALT)
        again = read(replace(delivery, body=first.stored_body), source, SALT)
        assert (again.events, again.stored_body) == (first.events, first.stored_body)
