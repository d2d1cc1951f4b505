"""An integrator's own JSON: what the sample mapping makes of it, and what it says of what does not fit."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.gateway import Reading, read
from producers.mapping import MappedSource
from schemas.config_text import parse
from schemas.deliveries import Delivery
from schemas.events import DeploymentUpdated, RunUpdated
from tests.producers.sources.test_laws import ODD, places

SAMPLE = (Path(__file__).parents[2] / "fixtures/mapping/acme-ci.yaml").read_text("utf-8")
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
BUILD = {
    **{"id": 7, "try": 2, "name": "build", "status": "passed", "commit": "abc", "target": "production"},
    **{"began": "2026-03-05T10:00:00+02:00", "ended": 1772698200},
}
BODY: dict[str, Any] = {"type": "build.finished", "repo": "acme/shop", "build": BUILD, "by": {"login": "ann-example"}}


def source(text: str = SAMPLE) -> MappedSource:
    """The mapping of a configuration's source acme-ci."""
    of = parse(text, "p.yaml").sources["acme-ci"]
    assert of.mapping is not None
    return MappedSource("acme-ci", of.mapping, of.signature)


def reading(body: object, text: str = SAMPLE, **headers: str) -> Reading:
    delivery = Delivery("acme-ci", headers, json.dumps(body).encode(), None, NOON)
    return read(delivery, source(text), b"salt")


def changed(**values: Any) -> dict[str, Any]:
    """The body with other values of its build."""
    return BODY | {"build": BUILD | values}


def test_one_delivery_becomes_an_event_for_each_rule_that_applies() -> None:
    run, deployment = reading(BODY).events
    assert isinstance(run, RunUpdated)
    assert (run.run, run.attempt, run.pipeline, run.outcome) == ("7", 2, "build", "success")
    assert run.started_at == datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert run.finished_at == run.occurred_at == datetime(2026, 3, 5, 8, 10, tzinfo=UTC)
    assert run.links.sha == "abc"
    assert isinstance(deployment, DeploymentUpdated)
    assert (deployment.environment, deployment.state) == ("production", "succeeded")
    assert [type(event) for event in reading(changed(target=None)).events] == [RunUpdated]


def test_a_person_is_hashed_before_the_mapping_sees_the_name() -> None:
    found = reading(BODY)
    assert found.events[0].actor is not None
    assert found.events[0].actor.id.startswith("h:")
    assert b"ann-example" not in found.stored_body


def test_a_person_whose_path_is_not_named_is_a_dead_letter_and_gets_into_no_event() -> None:
    found = reading(BODY, SAMPLE.replace('personal: ["**.login"]', "personal: []"))
    assert (found.outcome, found.field) == ("dead-letter", "by.login")
    assert found.reason == "RunUpdated.actor.id is not hashed; name the path of this person in `personal:`: by.login"


def test_what_is_listed_without_rules_is_ignored_and_what_is_not_listed_is_a_dead_letter() -> None:
    assert reading({"type": "heartbeat"}).outcome == "ignored"
    unknown = "the event 'novelty' of acme-ci is unknown: not in handles, not in ignores"
    assert reading({"type": "novelty"}).reason == unknown
    assert (reading({"kind": "x"}).reason, reading({"kind": "x"}).field) == (
        "the event's name is no text: type",
        "type",
    )
    assert reading([1]).outcome == "dead-letter"


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"id": None}, "build.id", "RunUpdated.run is missing"),
        ({"id": ""}, "build.id", "RunUpdated.run is missing"),
        ({"id": [7]}, "build.id", "RunUpdated.run is not a text or a whole number"),
        ({"try": "two"}, "build.try", "RunUpdated.attempt is not a whole number"),
        ({"try": 0}, "build.try", "RunUpdated.attempt does not fit (Input should be greater than or equal to 1)"),
        ({"ended": "yesterday"}, "build.ended", "RunUpdated.occurred_at is not a time: ISO 8601 with its offset"),
        ({"ended": "2026-03-05T10:00:00"}, "build.ended", "RunUpdated.occurred_at is not a time with its offset"),
        ({"ended": True}, "build.ended", "RunUpdated.occurred_at is not a time"),
        (
            {"status": "weird"},
            "build.status",
            "RunUpdated.outcome has a value that its map does not have; it has passed",
        ),
        ({"commit": "a\0b"}, "build.commit", "RunUpdated.links.sha does not fit"),
    ],
)
def test_a_value_that_does_not_fit_is_a_dead_letter_that_names_field_and_expression(
    values: dict[str, Any], field: str, said: str
) -> None:
    found = reading(changed(**values))
    assert (found.outcome, found.field) == ("dead-letter", field)
    assert str(found.reason).startswith(said)
    assert str(found.reason).endswith(f": {field}")
    assert "weird" not in str(found.reason), "a reason quotes no value"


@pytest.mark.parametrize("ended", [1772698200, 1772698200000, "1772698200", 1772698200.0, "2026-03-05T08:10:00Z"])
def test_times_are_iso_8601_or_seconds_or_milliseconds(ended: Any) -> None:
    assert reading(changed(ended=ended)).events[0].occurred_at == datetime(2026, 3, 5, 8, 10, tzinfo=UTC)


def test_the_same_fact_has_one_id_and_another_fact_another() -> None:
    first = reading(BODY).events
    assert [event.id for event in reading(BODY | {"more": 1}).events] == [event.id for event in first]
    others = [changed(id=8), changed(name="test"), changed(ended=1772698201), BODY | {"repo": "acme/cart"}]
    assert len({first[0].id, first[1].id, *(reading(body).events[0].id for body in others)}) == len(others) + 2


def test_a_rule_may_say_what_names_the_fact() -> None:
    named = SAMPLE.replace("          - type: RunUpdated\n", "          - type: RunUpdated\n            id: [uid]\n")
    ids = [reading(changed(try_=number) | {"uid": "u1"}, named).events[0].id for number in (1, 2)]
    assert ids[0] == ids[1] != reading(BODY | {"uid": "u2"}, named).events[0].id
    assert (reading(BODY, named).field, reading(BODY, named).outcome) == ("uid", "dead-letter")


def test_the_event_s_name_may_be_in_a_header() -> None:
    text = SAMPLE.replace("event: type", "event_header: X-Acme-Event")
    assert reading(BODY, text, **{"x-acme-event": "build.finished"}).outcome == "accepted"
    assert reading(BODY, text).field == "x-acme-event"


def test_a_function_that_cannot_take_its_argument_is_a_dead_letter() -> None:
    text = SAMPLE.replace("pipeline: build.name", "pipeline: \"join('/', build.name)\"")
    found = reading(BODY, text)
    assert (found.outcome, found.field) == ("dead-letter", "join('/', build.name)")


def test_pushed_commits_come_as_a_list_of_objects() -> None:
    text = """
sources:
  acme-ci:
    unsigned: true
    mapping:
      event: "'push'"
      personal: ["**.mail"]
      events:
        push:
          - type: CommitsPushed
            fields:
              origin.repository: repo
              occurred_at: at
              branch: branch
              default_branch: true
              after: head
              commits: "commits[].{sha: id, committed_at: at, parents: parents, author: {id: mail}}"
"""
    commit = {"id": "c1", "at": 1772698200, "parents": ["c0"], "mail": "ann@example.org"}
    body = {"repo": "acme/shop", "at": 1772698200, "branch": "main", "head": "c1", "commits": [commit]}
    (event,) = reading(body, text).events
    assert event.type == "CommitsPushed"
    assert event.commits[0].parents == ("c0",)
    assert event.commits[0].author is not None
    assert event.commits[0].author.id.startswith("h:")
    broken = reading(body | {"commits": [commit | {"id": None}]}, text)
    assert broken.outcome == "dead-letter"


def test_a_body_of_many_things_becomes_an_event_for_each_with_the_body_around_it() -> None:
    text = """
sources:
  acme-ci:
    unsigned: true
    mapping:
      event: "'gates'"
      events:
        gates:
          - type: GateEvaluated
            each: checks
            when: item.done
            fields:
              origin.repository: body.repo
              occurred_at: item.at
              gate: item.name
              evaluation: item.name
              sha: body.sha
              outcome: {value: item.ok, map: {true: passed, false: failed}}
"""
    checks = [
        {"name": name, "at": 1772698200, "ok": name == "lint", "done": name != "slow"}
        for name in ("lint", "scan", "slow")
    ]
    found = reading({"repo": "acme/shop", "sha": "abc", "checks": checks}, text)
    assert [(event.gate, event.outcome) for event in found.events if event.type == "GateEvaluated"] == [
        ("lint", "passed"),
        ("scan", "failed"),
    ]
    assert len({event.id for event in found.events}) == 2
    assert reading({"repo": "acme/shop"}, text).outcome == "ignored"
    assert reading({"checks": {"a": 1}}, text).field == "checks"


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    body = copy.deepcopy(BODY)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(places(body)))
        holder: Any = body
        for key in above:
            holder = holder[key]
        holder[last] = copy.deepcopy(draw(st.sampled_from([odd for odd in ODD if type(odd) is not object])))
    return body


@settings(max_examples=500, deadline=None)
@given(mutated())
def test_whatever_a_body_holds_a_dead_letter_names_its_field(body: Any) -> None:
    found = reading(body)
    if found.outcome == "dead-letter":
        assert found.field or "not in handles, not in ignores" in str(found.reason), found.reason


def test_what_was_stored_gives_the_same_events_again() -> None:
    first = reading(BODY)
    again = read(Delivery("acme-ci", {}, first.stored_body, None, NOON), source(), b"salt")
    assert (again.events, again.stored_body) == (first.events, first.stored_body)
