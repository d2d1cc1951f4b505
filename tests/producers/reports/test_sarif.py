"""SARIF: what is open, and how grave it is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.reports.sarif import NotSarif
from producers.source import NotJson
from schemas.events import FindingsReported
from tests.producers.reports.reading import CORPUS, NOON, needs_corpus, only, reading

RULES = [
    {"id": "A1", "properties": {"security-severity": "9.8"}},
    {"id": "A2", "defaultConfiguration": {"level": "error"}},
    {"id": "A3", "properties": {"security-severity": "not known"}, "defaultConfiguration": {"level": "note"}},
]


def log(*results: Any, **run: Any) -> bytes:
    tool = {"driver": {"name": "Scan", "rules": RULES}, "extensions": [{"name": "more", "rules": [{"id": "X1"}]}]}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]}).encode()


def told(*results: Any, **run: Any) -> FindingsReported:
    return only(FindingsReported, reading("sarif", log(*results, **run)))


def severity_of(result: Any) -> list[str]:
    found = told(result)
    return [name for name in ("critical", "high", "medium", "low", "other") if getattr(found, name)]


@pytest.mark.parametrize(
    ("result", "severity"),
    [
        ({"ruleId": "A1", "level": "note"}, "critical"),
        ({"ruleIndex": 0}, "critical"),
        ({"rule": {"index": 0}}, "critical"),
        ({"rule": {"id": "A1"}}, "critical"),
        ({"ruleId": "A1", "properties": {"security-severity": "7.0"}}, "high"),
        ({"properties": {"security-severity": 6.9}}, "medium"),
        ({"properties": {"security-severity": "0.1"}}, "low"),
        ({"properties": {"security-severity": "0.0"}}, "other"),
        ({"properties": {"security-severity": "11"}, "level": "note"}, "low"),
        ({"ruleId": "A2"}, "high"),
        ({"ruleId": "A2/finer"}, "high"),
        ({"ruleId": "A3"}, "low"),
        ({"ruleId": "unknown"}, "medium"),
        ({"ruleIndex": 0, "rule": {"index": 0, "toolComponent": {"index": 0}}}, "medium"),
        ({"level": "none"}, "other"),
        ({"ruleId": "A2", "kind": "review"}, "other"),
    ],
)
def test_a_score_goes_before_the_level_the_result_before_its_rule_and_without_either_it_is_a_warning(
    result: Any, severity: str
) -> None:
    assert severity_of(result) == [severity]


@pytest.mark.parametrize(
    ("result", "is_open"),
    [
        ({}, True),
        ({"baselineState": "new"}, True),
        ({"baselineState": "unchanged"}, True),
        ({"baselineState": "absent"}, False),
        ({"kind": "pass"}, False),
        ({"kind": "notApplicable"}, False),
        ({"kind": "informational"}, False),
        ({"suppressions": []}, True),
        ({"suppressions": [{"kind": "inSource"}]}, False),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, False),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, True),
        ({"suppressions": [{"kind": "external", "status": "rejected"}, {"kind": "inSource"}]}, True),
    ],
)
def test_what_is_gone_suppressed_or_no_failure_is_not_open(result: Any, is_open: bool) -> None:
    assert told(result).medium == is_open * 1 or told(result).other == is_open * 1
    assert sum(getattr(told(result), name) for name in ("critical", "high", "medium", "low", "other")) == is_open


def test_a_scan_that_found_nothing_says_0_and_one_that_did_not_look_says_nothing() -> None:
    found = told(invocations=[{"endTimeUtc": "2026-03-05T03:00:00Z"}, {"endTimeUtc": "2026-03-05T04:00:00Z"}])
    assert (found.critical, found.high, found.medium, found.low, found.other) == (0, 0, 0, 0, 0)
    assert (found.tool, found.kind, found.subject, found.links.sha) == ("Scan", "code", "scan", "abc")
    assert found.occurred_at == datetime(2026, 3, 5, 4, tzinfo=UTC)
    assert told().occurred_at == NOON
    assert reading("sarif", b'{"runs": [{"tool": {"driver": {"name": "Scan"}}}]}').outcome == "ignored"
    assert reading("sarif", b'{"version": "2.1.0", "runs": []}').outcome == "ignored"


def test_each_run_of_a_log_is_a_scan_of_its_own() -> None:
    run = json.loads(log({"ruleId": "A1"}))["runs"][0]
    found = reading("sarif", json.dumps({"runs": [run, run]}).encode())
    assert len({event.id for event in found.events}) == 2


def test_messages_places_and_code_are_not_kept_and_what_is_kept_gives_the_same_event() -> None:
    result = {
        "ruleId": "A1",
        "message": {"text": "ann wrote it"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "file:///home/ann/a.py"}}}],
        "suppressions": [{"kind": "external", "justification": "ann says so", "status": "rejected"}],
    }
    first = reading("sarif", log(result, invocations=[{"account": "ann", "endTimeUtc": "2026-03-05T03:00:00Z"}]))
    assert b"ann" not in first.stored_body
    again = reading("sarif", first.stored_body)
    assert (again.stored_body, again.events) == (first.stored_body, first.events)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"runs": 1}', b'{"runs": [{"id": 1}]}', b'{"runs": [1]}'])
def test_other_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotSarif):
        reading("sarif", body)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(NotJson):
        reading("sarif", b"<a/>")


@needs_corpus
def test_real_logs_are_understood() -> None:
    files = sorted((CORPUS / "reports-sarif").glob("*/*.sarif"))
    assert files
    for file in files:
        found = reading("sarif", file.read_bytes())
        assert found.outcome in ("accepted", "ignored"), f"{file}: {found.reason}"
        assert (found.outcome == "ignored") == (file.name == "no_runs.sarif"), file
        assert reading("sarif", found.stored_body).events == found.events, file
