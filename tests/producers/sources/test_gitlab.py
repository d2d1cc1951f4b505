"""GitLab: what its payloads do not say outright, and how its deliveries prove themselves."""

import copy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from producers.proof import StandardWebhook, Token
from producers.registry import find_source
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret
from schemas.events import CommitsPushed, Event, GateEvaluated, RunUpdated, TaskUpdated
from tests.producers.sources.golden import Case, cases

SOURCE = find_source("gitlab")
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SECRET, OTHER = Secret(b"whsec_c2l4dGVlbiBieXRlcyBhcmU="), Secret(b"another secret")
CASES = {f"{case.event}/{case.name}": case for case in cases() if case.source == "gitlab"}


def events_of(body: Any, headers: dict[str, str] | None = None) -> list[Event]:
    raw = orjson.dumps(body)
    return SOURCE.normalise(Delivery("gitlab", headers or {}, raw, None, NOW, orjson.loads(raw)))


def told(case: str) -> list[Event]:
    return events_of(CASES[case].body)


def run_of(body: Any) -> RunUpdated:
    (run,) = events_of(body)
    assert isinstance(run, RunUpdated)
    return run


def task_of(case: str) -> TaskUpdated:
    task = told(case)[0]
    assert isinstance(task, TaskUpdated)
    return task


def pipeline(case: str) -> Any:
    return copy.deepcopy(CASES[f"pipeline/{case}"].body)


def test_all_events_of_the_first_attempt_and_its_jobs_bear_the_number_one() -> None:
    assert {run_of(pipeline(name)).attempt for name in ("pending", "running", "failed")} == {1}
    assert {task_of(f"build/{name}").attempt for name in ("created", "running", "failed")} == {1}


def test_a_retry_is_an_attempt_of_the_same_run_and_its_job_knows_it() -> None:
    first, again, end = (
        run_of(pipeline(name)) for name in ("failed", "running_again_after_a_retry", "success_of_the_retry")
    )
    assert first.run == again.run == end.run
    assert first.attempt < again.attempt == end.attempt
    assert task_of("build/passed_when_retried").attempt == end.attempt
    assert task_of("build/passed_when_retried_told_by_an_older_version").attempt == end.attempt


def test_a_second_retry_is_another_attempt() -> None:
    body = pipeline("success_of_the_retry")
    body["builds"][1] |= {"id": 704, "created_at": "2026-03-02 11:30:00 UTC"}
    assert run_of(body).attempt > run_of(pipeline("success_of_the_retry")).attempt


def test_a_job_started_by_hand_after_the_end_begins_no_attempt() -> None:
    body = pipeline("failed")
    body["object_attributes"] |= {"status": "running"}
    body["builds"].append({"id": 709, "created_at": "2026-03-02 10:30:01 UTC", "started_at": "2026-03-04 08:00:00 UTC"})
    again = run_of(body)
    assert (again.attempt, again.state, again.started_at) == (1, "started", run_of(pipeline("failed")).started_at)


def test_only_the_whole_of_a_pipeline_has_a_start_to_be_measured_from() -> None:
    assert run_of(pipeline("failed")).started_at is not None
    assert run_of(pipeline("success_of_the_retry")).started_at is None


@pytest.mark.parametrize("name", ["failed_and_may", "deployed", "created", "waits_for_somebody"])
def test_a_job_that_may_fail_that_deploys_or_that_has_not_begun_is_no_gate(name: str) -> None:
    assert not [event for event in told(f"build/{name}") if isinstance(event, GateEvaluated)]


def test_a_job_that_must_pass_is_a_gate_and_its_retry_another_evaluation() -> None:
    gates = [
        event
        for name in ("running", "failed", "passed_when_retried")
        for event in told(f"build/{name}")
        if isinstance(event, GateEvaluated)
    ]
    assert {gate.gate for gate in gates} == {"unit"}
    assert [(gate.evaluation, gate.outcome) for gate in gates] == [
        ("702", "pending"),
        ("702", "failed"),
        ("703", "passed"),
    ]


@pytest.mark.parametrize(
    ("message", "distinct"),
    [
        ("Merge branch 'a' into 'main'\n\nSee merge request shop/cart!12", False),
        ("Merge remote-tracking branch 'origin/main' into a", False),
        ("Print labels\n\nSee merge request !12\n", False),
        ("Merge carts when a customer logs in", True),
    ],
)
def test_what_a_merge_brings_was_on_another_branch_before(message: str, distinct: bool) -> None:
    body = copy.deepcopy(CASES["push/merge_into_the_default_branch"].body)
    body["commits"][-1]["message"] = message
    (push,) = events_of(body)
    assert isinstance(push, CommitsPushed)
    assert [commit.distinct for commit in push.commits] == [distinct, distinct, True]


@pytest.mark.parametrize(
    ("headers", "body", "name"),
    [
        ({"x-gitlab-event": "System Hook"}, {"object_kind": "merge_request"}, "merge_request"),
        ({"x-gitlab-event": "System Hook"}, {"event_name": "push"}, "push"),
        ({"x-gitlab-event": "Job Hook"}, {}, "build"),
        ({"x-gitlab-event": "Confidential Issue Hook"}, {}, "issue"),
        ({}, {"object_kind": "tag_push", "event_name": "tag_push"}, "tag_push"),
    ],
)
def test_the_body_names_the_event_before_the_header_does(headers: dict[str, str], body: Any, name: str) -> None:
    assert SOURCE.event_name(headers, orjson.dumps(body)) == name


def test_a_delivery_is_the_same_with_its_header_and_without() -> None:
    case: Case = CASES["pipeline/failed"]
    bare = {key: value for key, value in case.body.items() if key != "object_kind"}
    assert events_of(bare, {"x-gitlab-event": "Pipeline Hook"}) == events_of(case.body)


@pytest.mark.parametrize("proof", [StandardWebhook(), Token("X-Gitlab-Token")], ids=["signing token", "secret token"])
def test_either_token_proves_a_delivery_and_neither_another_secret(proof: StandardWebhook | Token) -> None:
    signed = proof.sign(b"{}", SECRET, "an-id", NOW)
    delivery = Delivery("gitlab", signed.headers, b"{}", None, NOW)
    SOURCE.verify(delivery, [OTHER, SECRET])
    with pytest.raises(BadSignature):
        SOURCE.verify(delivery, [OTHER])


def test_a_false_signature_is_not_made_good_by_a_token() -> None:
    forged = (
        StandardWebhook().sign(b"{}", OTHER, "an-id", NOW).headers
        | Token("X-Gitlab-Token").sign(b"{}", SECRET, "", NOW).headers
    )
    with pytest.raises(BadSignature):
        SOURCE.verify(Delivery("gitlab", forged, b"{}", None, NOW), [SECRET])
