"""JUnit reports: the counts, what they are about, what is refused, and what is not kept."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.gateway import Reading, read, take_in
from producers.reports.junit import REPORT, NotJUnit
from producers.reports.posted import PostedReport
from producers.source import BadSignature
from producers.xml_strict import MOST_LEVELS, NotXml
from schemas.catalog import Catalog
from schemas.codec import encode_event
from schemas.config import Service, SourceSettings
from schemas.deliveries import Delivery, Secret
from schemas.events import TestsReported
from schemas.report_headers import ReportHeaders

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
ABOUT = {"x-pipegauge-service": "shop", "x-pipegauge-level": "unit", "x-pipegauge-sha": "abc", "x-pipegauge-run": "7"}
JUNIT = PostedReport(REPORT)
SECRET = Secret(b"a token")
CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))

NESTED = b"""<?xml version="1.0"?>
<testsuites name="all" tests="99" failures="99">
  <testsuite name="outer" timestamp="2026-03-05T10:00:00" time="2.5" hostname="ann-laptop" tests="50">
    <properties><property name="user.name" value="ann"/></properties>
    <testcase name="a" classname="A" time="0.1"/>
    <testcase name="b"><failure message="ann saw 1">ann's trace</failure><error/></testcase>
    <testsuite name="inner" timestamp="2026-03-05T10:00:02" time="3">
      <testcase name="c"><error/></testcase>
      <testcase name="d"><skipped/></testcase>
      <testcase name="e" status="disabled"/>
      <testcase name="f"><flakyFailure>at last it passed</flakyFailure></testcase>
    </testsuite>
  </testsuite>
  <testsuite name="told only" tests="10" failures="1" errors="2" skipped="3"/>
  <system-out>mail to ann@example.org</system-out>
</testsuites>"""


def reading(body: bytes, **headers: str) -> Reading:
    given = ABOUT | {name.replace("_", "-"): value for name, value in headers.items()}
    return read(Delivery("junit", given, body, None, NOON), JUNIT, b"salt")


def report(body: bytes, **headers: str) -> TestsReported:
    (event,) = reading(body, **headers).events
    assert isinstance(event, TestsReported)
    return event


def test_cases_are_counted_once_wherever_they_stand_and_a_suite_s_own_numbers_only_where_it_lists_no_case() -> None:
    found = report(NESTED)
    assert (found.total, found.passed, found.failed, found.errored, found.skipped) == (16, 6, 2, 3, 5)
    assert (found.name, found.outcome, found.level, found.automated) == ("all", "failure", "unit", True)
    assert found.started_at == datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert found.finished_at == found.occurred_at == datetime(2026, 3, 5, 10, 0, 5, tzinfo=UTC)


def test_the_headers_say_what_it_is_about() -> None:
    found = report(NESTED, x_pipegauge_name="checkout tests", x_pipegauge_automated="manual", x_pipegauge_change="12")
    assert (found.name, found.automated) == ("checkout tests", False)
    assert (found.links.sha, found.links.run, found.links.change) == ("abc", "7", "12")
    assert found.origin.app == "shop"


def test_other_headers_may_carry_it() -> None:
    own = PostedReport(REPORT, ReportHeaders.model_validate({"sha": "X-CI-Commit"}))
    (event,) = read(Delivery("junit", ABOUT | {"x-ci-commit": "def"}, NESTED, None, NOON), own, b"").events
    assert event.links.sha == "def"


def test_a_service_of_the_catalog_is_placed_by_its_name_and_an_unknown_one_gets_it() -> None:
    catalog = Catalog(
        [Service(name="shop", repositories=("acme/shop",)), Service(name="cart", repositories=("acme/*",))]
    )
    assert catalog.place(report(NESTED)) == ("shop",)
    assert catalog.place(report(NESTED, x_pipegauge_repository="acme/cart")) == ("shop",)
    assert catalog.place(report(NESTED, x_pipegauge_service="mail")) == ("mail",)
    assert catalog.place(report(NESTED, x_pipegauge_service="", x_pipegauge_repository="acme/cart")) == ("cart",)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"x_pipegauge_service": ""}, "x-pipegauge-service"),
        ({"x_pipegauge_level": "smoke"}, "x-pipegauge-level"),
        ({"x_pipegauge_automated": "perhaps"}, "x-pipegauge-automated"),
        ({"x_pipegauge_time": "noon"}, "x-pipegauge-time"),
    ],
)
def test_a_header_that_does_not_fit_is_a_dead_letter_that_names_it(headers: dict[str, str], field: str) -> None:
    found = reading(NESTED, **headers)
    assert (found.outcome, found.field) == ("dead-letter", field)


def test_the_same_report_has_one_id_and_another_run_or_result_another() -> None:
    first = report(NESTED)
    assert report(NESTED.replace(b"ann saw 1", b"ann saw 2")).id == first.id
    others = [
        report(NESTED, x_pipegauge_run="8"),
        report(NESTED.replace(b"<skipped/>", b"")),
        report(NESTED, x_pipegauge_service="cart"),
    ]
    assert len({first.id, *(other.id for other in others)}) == 4


def test_equal_reports_of_two_runs_are_two_deliveries() -> None:
    def taken(run: str) -> str:
        headers = ABOUT | {"authorization": "Bearer a token", "x-pipegauge-run": run}
        delivery = Delivery("junit", headers, NESTED, None, NOON)
        return take_in(delivery, JUNIT, [SECRET], SourceSettings(secrets=("x",)), Catalog([]), b"salt", "t").delivery

    assert taken("7") == taken("7") != taken("8")


def test_output_messages_and_properties_are_not_kept_and_what_is_kept_gives_the_same_event() -> None:
    first = reading(NESTED)
    assert b"ann" not in first.stored_body
    again = reading(first.stored_body)
    assert (again.stored_body, again.events) == (first.stored_body, first.events)
    assert "ann" not in encode_event(first.events[0]).decode()


def test_what_is_kept_is_called_xml() -> None:
    headers = ABOUT | {"authorization": "Bearer a token", "content-type": "text/plain"}
    intake = take_in(
        Delivery("junit", headers, NESTED, None, NOON),
        JUNIT,
        [SECRET],
        SourceSettings(secrets=("x",)),
        Catalog([]),
        b"",
        "t",
    )
    assert dict(intake.records[0].headers)["http-content-type"] == b"application/xml"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="JSON"),
        pytest.param(b"<testsuites><testsuite></testsuites>", id="not well-formed"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY x "y">]><testsuites name="&x;"/>', id="an entity"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>', id="a file"
        ),
        pytest.param(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><testsuites/>', id="a foreign DTD"),
        pytest.param(
            b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><testsuites>&b;</testsuites>',
            id="a bomb",
        ),
        pytest.param(
            b"<testsuites>" + b"<testsuite>" * 10_000 + b"</testsuite>" * 10_000 + b"</testsuites>", id="deep"
        ),
        pytest.param(b"<testsuites>" + b"<a/>" * 1_000_000 + b"</testsuites>", id="a million elements"),
        pytest.param(b'<?xml version="1.0" encoding="none"?><testsuites/>', id="an unknown encoding"),
    ],
)
def test_what_is_no_xml_or_harms_its_reader_is_refused(body: bytes) -> None:
    with pytest.raises(NotXml):
        reading(body)


def test_xml_of_another_kind_is_refused() -> None:
    with pytest.raises(NotJUnit, match="<html>"):
        reading(b"<html/>")


def test_a_report_at_the_bound_of_depth_is_read() -> None:
    inner = MOST_LEVELS - 2
    body = (
        b"<testsuites>" + b"<testsuite>" * inner + b'<testcase name="a"/>' + b"</testsuite>" * inner + b"</testsuites>"
    )
    assert report(body).total == 1


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("2026-03-05T10:00:00.123456", datetime(2026, 3, 5, 10, 0, 0, 123000, UTC)),
        ("2026-03-05T12:00:00+02:00", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("2026-03-05T10:00:00 UTC", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("Thu, 05 Mar 2026 10:00:00 GMT", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("1970-01-01T00:00:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_suite_s_time_is_read_in_the_forms_that_runners_write(timestamp: str, moment: datetime | None) -> None:
    found = report(b'<testsuite name="a" timestamp="%s"><testcase/></testsuite>' % timestamp.encode())
    assert found.started_at == moment
    assert found.occurred_at == (moment or NOON)


def test_the_header_s_time_wins() -> None:
    found = report(NESTED, x_pipegauge_time="2026-03-05T11:00:00Z")
    assert found.occurred_at == found.finished_at == datetime(2026, 3, 5, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", [b"<testsuites/>", b'<testsuites tests="0"><testsuite name="a" tests="0"/></testsuites>']
)
def test_a_report_of_nothing_is_neutral(body: bytes) -> None:
    assert (report(body).total, report(body).outcome) == (0, "neutral")


def test_another_token_is_refused() -> None:
    with pytest.raises(BadSignature):
        JUNIT.verify(Delivery("junit", {"x-pipegauge-token": "a guess"}, NESTED, None, NOON), [SECRET])


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set PIPEGAUGE_CORPUS")
def test_real_reports_are_understood() -> None:
    files = sorted((CORPUS / "reports-junit").glob("*/*.xml"))
    assert files
    for file in files:
        first = reading(file.read_bytes())
        assert first.outcome == "accepted", f"{file}: {first.reason}"
        assert reading(first.stored_body).events == first.events, file
        event = json.loads(encode_event(first.events[0]))
        parts = [event.get(name, 0) for name in ("passed", "failed", "errored", "skipped")]
        assert event.get("total", 0) == sum(parts), file
    for file in (CORPUS / "_invalid" / "reports-junit").glob("*"):
        with pytest.raises((NotXml, NotJUnit)):
            reading(file.read_bytes())
