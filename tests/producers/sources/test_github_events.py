"""GitHub: one fact that two events tell, facts without a time, and gates whose verdict comes later."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.findings import counted
from producers.payload import root
from producers.registry import find_source
from producers.vendor import Told
from schemas.deliveries import Delivery
from schemas.events import ArtifactPublished, Event, FindingsReported, GateEvaluated, Origin
from tests.producers.sources.golden import cases

SOURCE = find_source("github")
NOW, LATER = datetime(2026, 3, 5, 12, 0, tzinfo=UTC), datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
CASES = {f"{case.event}/{case.name}": case for case in cases() if case.source == "github"}


def body_of(case: str) -> Any:
    return copy.deepcopy(CASES[case].body)


def event_of(case: str, body: Any = None, at: datetime = NOW) -> Event:
    document = body_of(case) if body is None else body
    return SOURCE.normalise(Delivery("github", CASES[case].headers, b"", None, at, document))[0]


def test_a_package_is_the_same_by_both_events_that_tell_it() -> None:
    assert event_of("package/image_published") == event_of("registry_package/image_published")


def test_an_image_by_another_tag_is_the_same_artifact_published_again() -> None:
    body = body_of("package/image_published")
    body["package"]["package_version"]["container_metadata"]["tag"]["name"] = "latest"
    first, again = event_of("package/image_published"), event_of("package/image_published", body)
    assert isinstance(first, ArtifactPublished)
    assert isinstance(again, ArtifactPublished)
    assert first.artifact == again.artifact
    assert (first.name, again.name) == ("northwind/checkout:v12", "northwind/checkout:latest")
    assert first.id != again.id


@pytest.mark.parametrize("case", ["release/deleted", "merge_group/merged", "registry_package/image_without_a_time"])
def test_what_has_no_time_is_one_fact_whenever_it_arrives(case: str) -> None:
    first, again = event_of(case), event_of(case, at=LATER)
    assert first.id == again.id
    assert (first.occurred_at, again.occurred_at) == (NOW, LATER)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("deployment_review/requested", "deployment_review/approved_for_two_environments"),
        ("merge_group/checks_requested", "merge_group/merged"),
    ],
)
def test_a_verdict_is_of_the_evaluation_that_was_pending(asked: str, answered: str) -> None:
    pending, verdict = event_of(asked), event_of(answered)
    assert isinstance(pending, GateEvaluated)
    assert isinstance(verdict, GateEvaluated)
    assert (pending.outcome, verdict.outcome) == ("pending", "passed")
    assert (pending.gate, pending.evaluation, pending.sha) == (verdict.gate, verdict.evaluation, verdict.sha)
    assert pending.id != verdict.id


def test_a_review_of_another_attempt_is_another_evaluation() -> None:
    first, second = (
        event_of("deployment_review/requested"),
        event_of("deployment_review/rejected_in_the_second_attempt"),
    )
    assert isinstance(first, GateEvaluated)
    assert isinstance(second, GateEvaluated)
    assert first.gate == second.gate
    assert first.evaluation != second.evaluation


def test_an_alert_on_two_branches_is_two_facts_of_one_finding() -> None:
    body = body_of("code_scanning_alert/created_in_a_change")
    body["ref"] = "refs/heads/main"
    one, other = (
        event_of("code_scanning_alert/created_in_a_change"),
        event_of("code_scanning_alert/created_in_a_change", body),
    )
    assert isinstance(one, FindingsReported)
    assert isinstance(other, FindingsReported)
    assert (one.report, one.links.change) == (other.report, "12")
    assert other.links.change is None
    assert one.id != other.id


@pytest.mark.parametrize(
    ("severity", "where"), [("critical", "critical"), ("low", "low"), ("note", "other"), (None, "other")]
)
def test_a_finding_counts_once_while_it_is_open(severity: str | None, where: str) -> None:
    found = counted(severity, is_open=True)
    assert [name for name, count in found.items() if count] == [where]
    assert not any(counted(severity, is_open=False).values())


def test_an_untimed_event_is_told_from_others_by_its_mark() -> None:
    told, fact = Told(root({}), "release", {}, NOW), ("ArtifactPublished", "https://x", Origin(), "1", "deleted", None)
    frames = [told.frame(*fact, mark=mark) for mark in ("", "a", "b")]
    assert len({frame["id"] for frame in frames}) == 3
