"""Steps that `pipegauge run` tells of: their reports, what is kept of them, and what bounds them."""

import base64
import json
import zlib
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.gateway import Reading, read
from producers.opening import source_of
from producers.source import Source
from producers.sources.ci import SOURCE
from producers.sources.ci.reports import MOST_BYTES, MOST_REPORTS
from schemas.config_text import parse
from schemas.deliveries import Delivery
from schemas.events import TestsReported

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
JUNIT = '<testsuite name="cart"><testcase name="a"><failure message="Ann saw it"/></testcase></testsuite>'
STEP: dict[str, Any] = {
    "type": "step.finished",
    "id": "1",
    "ci": "none",
    "repository": "acme/shop",
    "command": "make",
    "started_at": "2026-03-05T10:00:00Z",
    "finished_at": "2026-03-05T10:00:01Z",
    "exit_code": 0,
}


def deflated(body: bytes) -> str:
    return base64.b64encode(zlib.compress(body)).decode()


def report(format_: str = "junit", body: str = JUNIT, **more: Any) -> dict[str, Any]:
    return {"format": format_, "path": "a.xml", "deflated": deflated(body.encode()), **more}


def reading(*reports: Any, source: Source = SOURCE, **said: Any) -> Reading:
    body = json.dumps(STEP | said | {"reports": list(reports)}).encode()
    return read(Delivery("ci", {}, body, None, NOON), source, b"salt")


def test_of_a_report_only_what_its_format_keeps_is_kept() -> None:
    first = reading(report())
    assert b"Ann" not in first.stored_body
    kept = json.loads(first.stored_body)["reports"][0]
    assert "deflated" not in kept
    assert "<testcase" in kept["content"]
    again = read(Delivery("ci", {}, first.stored_body, None, NOON), SOURCE, b"salt")
    assert (again.events, again.stored_body) == (first.events, first.stored_body)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (report(format_="nunit"), "reports[1].format"),
        (report(format_=""), "reports[1].format"),
        (report(body="<html/>"), "reports[1].content"),
        (report(body="cut <off"), "reports[1].content"),
        ({"format": "junit", "path": "a.xml"}, "reports[1].content"),
        ({"format": "junit", "deflated": "no base64!"}, "reports[1].deflated"),
        ({"format": "junit", "deflated": base64.b64encode(b"no zlib").decode()}, "reports[1].deflated"),
        (
            {"format": "junit", "deflated": base64.b64encode(zlib.compress(b"<a/>")[:-5]).decode()},
            "reports[1].deflated",
        ),
        ("text", "reports[1]"),
        (report(automated="no"), "reports[1].automated"),
    ],
)
def test_a_report_that_cannot_be_read_is_a_dead_letter_that_says_which_and_keeps_none_of_it(
    bad: Any, field: str
) -> None:
    found = reading(report(), bad)
    assert (found.outcome, found.field) == ("dead-letter", field)
    assert found.fault == "unmapped"
    again = read(Delivery("ci", {}, found.stored_body, None, NOON), SOURCE, b"salt")
    assert (again.reason, again.field, again.stored_body) == (found.reason, found.field, found.stored_body)


def test_what_would_grow_beyond_all_bounds_is_not_unpacked() -> None:
    bomb = {"format": "junit", "deflated": deflated(b" " * (MOST_BYTES + 1))}
    assert len(bomb["deflated"]) < 1 << 20
    assert reading(bomb).reason == "the field reports[0].deflated is not whole, or it is too large"
    halves = [{"format": "tap", "deflated": deflated(b"ok 1\n" + b"#" * (MOST_BYTES // 2))}] * 2
    assert reading(*halves).field == "reports[1].deflated", "the bound is one for all of them"


def test_too_many_reports_are_a_dead_letter() -> None:
    assert reading(*[{"format": "tap", "content": "ok 1"}] * (MOST_REPORTS + 1)).field == "reports"


def test_the_rules_of_the_file_tell_tests_by_the_path_of_their_report() -> None:
    text = 'sources: {ci: {secrets: [x]}}\nreports:\n  - {path: "**/e2e/**", level: e2e}\n'
    found = reading(report(path="web/e2e/junit.xml"), source=source_of("ci", parse(text, "p.yaml")))
    (tests,) = [event for event in found.events if isinstance(event, TestsReported)]
    assert (tests.level, tests.automated) == ("system", True)


def test_the_same_report_of_two_steps_or_paths_is_two_facts_and_sent_again_it_is_one() -> None:
    def ids(*reports: Any, **said: Any) -> list[str]:
        return [event.id for event in reading(*reports, **said).events]

    assert ids(report(), run="7") == ids(report(), run="7")
    one, other = ids(report(), run="7")[1], ids(report(path="b.xml"), run="7")[1]
    assert one != other
    assert ids(report(), report(path="b.xml"), run="7")[1] not in (one, other)
    assert not set(ids(report(), run="8", id="2")) & {one, other}
    assert ids(run="7", attempt=2, id="2") != ids(run="7", attempt=1, id="1")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"repository": None}, "repository"),
        ({"exit_code": None}, "exit_code"),
        ({"id": None}, "id"),
        ({"started_at": "2026-03-05T10:00:00"}, "started_at"),
        ({"attempt": 0}, "attempt"),
        ({"type": "step.begun"}, None),
    ],
)
def test_a_step_that_does_not_fit_is_a_dead_letter_that_names_the_field(said: dict[str, Any], field: str) -> None:
    found = reading(**said)
    assert found.outcome == "dead-letter"
    assert field is None or found.field == field


def test_several_reports_of_a_step_are_one_execution_of_its_tests() -> None:
    passed = (
        '<testsuite name="mail" timestamp="2026-03-05T09:00:00"><testcase name="a"/><testcase name="b"/></testsuite>'
    )
    reports = [
        report(),
        report(body=passed, path="b.xml"),
        report("tap", "1..1\nok 1\n", path="c.tap", automated=False),
    ]
    both, manual = [one for one in reading(*reports, stage="unit").events if isinstance(one, TestsReported)]
    assert (both.name, both.total, both.passed, both.failed, both.outcome) == ("unit", 3, 2, 1, "failure")
    assert both.started_at == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert (manual.total, manual.automated) == (1, False)
    turned = [one for one in reading(*reversed(reports), stage="unit").events if isinstance(one, TestsReported)]
    assert {one.id for one in turned} == {both.id, manual.id}, "whatever their order"
    alike = reading(report(), report(path="b.xml")).events[1]
    assert isinstance(alike, TestsReported)
    assert alike.name == "cart"


def test_coverage_of_several_modules_is_summed_up() -> None:
    def lcov(covered: int, path: str) -> dict[str, Any]:
        return report("lcov", f"SF:a\nLF:10\nLH:{covered}\nend_of_record\n", path=path)

    (found,) = [one for one in reading(lcov(4, "a"), lcov(7, "b")).events if isinstance(one, TestsReported)]
    assert (found.covered, found.coverable, found.outcome, found.name) == (11, 20, None, "coverage")


def test_reports_of_two_levels_are_two() -> None:
    text = 'sources: {ci: {secrets: [x]}}\nreports:\n  - {path: "e2e/**", level: e2e}\n'
    found = reading(report(path="e2e/a.xml"), report(path="unit/a.xml"), source=source_of("ci", parse(text, "p.yaml")))
    assert {one.level for one in found.events if isinstance(one, TestsReported)} == {"system", "other"}
