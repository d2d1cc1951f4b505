"""Reports of coverage: covered of coverable lines, in seven formats that mean the same."""

from datetime import UTC, datetime

import pytest

from producers.reports.coverage import NotCoverage
from producers.source import NotJson, Refused
from producers.xml_strict import NotXml
from schemas.events import TestsReported
from tests.producers.reports.reading import CORPUS, NOON, needs_corpus, only, reading

THREE = datetime(2026, 3, 5, 3, tzinfo=UTC)
S, MS = int(THREE.timestamp()), int(THREE.timestamp() * 1000)

COBERTURA = f"""<?xml version="1.0"?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage lines-valid="4" lines-covered="3" line-rate="0.75" timestamp="{S}">
 <sources><source>/home/ann/shop</source></sources><packages/></coverage>""".encode()
JACOCO = f"""<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="shop"><sessioninfo id="ann-laptop" start="1" dump="{MS}"/>
 <package name="cart"><counter type="LINE" missed="9" covered="9"/></package>
 <counter type="INSTRUCTION" missed="5" covered="50"/><counter type="LINE" missed="1" covered="3"/></report>""".encode()
CLOVER = f"""<coverage generated="{S}"><project timestamp="{S}"><file name="/home/ann/cart.php">
  <line num="1" type="method" count="0"/><line num="2" type="stmt" count="1"/></file>
  <metrics statements="4" coveredstatements="3" elements="9" coveredelements="1"/></project>
  <testproject><metrics statements="99" coveredstatements="99"/></testproject></coverage>""".encode()
LCOV = b"""TN:unit
SF:/home/ann/cart.ts
FN:1,add
FNDA:1,add
DA:1,5
DA:2,0
BRDA:2,0,0,-
LF:2
LH:1
end_of_record
SF:/home/ann/mail.ts
DA:1,1,checksum
DA:2,2874063630
end_of_record
"""
GO = b"""mode: set
acme/shop/cart.go:10.2,12.3 2 1
acme/shop/cart.go:12.3,14.4 1 0
acme/shop/mail.go:3.2,4.3 1 7
"""
COVERAGE_PY = b"""{"meta": {"timestamp": "2026-03-05T03:00:00.123"}, "files": {"/home/ann/a.py": {}},
 "totals": {"covered_lines": 3, "num_statements": 4, "percent_covered": 75.0, "missing_lines": 1}}"""

SAMPLES = {
    "cobertura": COBERTURA,
    "jacoco": JACOCO,
    "clover": CLOVER,
    "lcov": LCOV,
    "go-cover": GO,
    "coverage-py": COVERAGE_PY,
}


def told(format_: str, body: bytes, **headers: str) -> TestsReported:
    return only(TestsReported, reading(format_, body, (), **headers))


@pytest.mark.parametrize("format_", SAMPLES)
def test_a_report_says_how_many_lines_of_how_many_were_reached_and_counts_no_tests(format_: str) -> None:
    found = told(format_, SAMPLES[format_])
    assert (found.covered, found.coverable, found.total, found.outcome) == (3, 4, 0, None)
    assert (found.name, found.origin.app, found.links.sha, found.links.run) == ("coverage", "shop", "abc", "7")


@pytest.mark.parametrize("format_", SAMPLES)
def test_no_path_or_host_is_kept_and_what_is_kept_gives_the_same_event(format_: str) -> None:
    first = reading(format_, SAMPLES[format_])
    assert b"ann" not in first.stored_body
    again = reading(format_, first.stored_body)
    assert (again.stored_body, again.events) == (first.stored_body, first.events)


@pytest.mark.parametrize("format_", ["cobertura", "jacoco", "clover"])
def test_a_report_that_tells_its_time_in_seconds_or_milliseconds_is_of_then(format_: str) -> None:
    assert told(format_, SAMPLES[format_]).occurred_at == THREE
    swapped = SAMPLES[format_].replace(f'"{MS}"'.encode(), f'"{S}"'.encode())
    assert told(format_, swapped).occurred_at == THREE


@pytest.mark.parametrize("format_", ["lcov", "go-cover", "coverage-py"])
def test_a_report_without_a_time_that_is_sure_is_of_its_arrival_unless_the_header_tells(format_: str) -> None:
    assert told(format_, SAMPLES[format_]).occurred_at == NOON
    assert told(format_, SAMPLES[format_], x_pipegauge_time=str(S)).occurred_at == THREE


def test_the_time_0_of_a_tool_without_a_clock_is_none() -> None:
    assert told("cobertura", COBERTURA.replace(str(S).encode(), b"0")).occurred_at == NOON


def test_the_same_coverage_of_another_run_or_path_is_another_fact() -> None:
    same = [told("lcov", LCOV), told("lcov", LCOV)]
    others = [told("lcov", LCOV, x_pipegauge_run="8"), told("lcov", LCOV, x_pipegauge_path="cart/lcov.info")]
    assert len({event.id for event in same}) == 1
    assert len({event.id for event in (*same, *others)}) == 3


def test_cobertura_without_totals_is_counted_line_by_line_once_each() -> None:
    body = b"""<coverage line-rate="0.5"><packages><package><classes>
      <class filename="a.py"><methods><method><lines><line number="1" hits="1"/></lines></method></methods>
        <lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class>
      <class filename="a.py"><lines><line number="2" hits="4"/><line number="3" hits="0"/></lines></class>
    </classes></package></packages></coverage>"""
    found = told("cobertura", body)
    assert (found.covered, found.coverable) == (2, 3)


def test_jacoco_without_a_total_is_the_sum_of_its_parts_and_a_file_counts_not_its_classes() -> None:
    body = b"""<report name="x"><group name="g"><package name="a"><class>
      <counter type="LINE" missed="7" covered="7"/></class>
      <sourcefile><counter type="LINE" missed="1" covered="2"/></sourcefile></package></group>
      <group name="h"><package name="b"><counter type="LINE" missed="0" covered="4"/></package></group></report>"""
    found = told("jacoco", body)
    assert (found.covered, found.coverable) == (6, 7)


def test_clover_without_metrics_is_counted_by_its_statements() -> None:
    body = b"""<coverage generated="0"><project><package><file name="a"><line num="1" type="method" count="0"/>
      <line num="2" type="stmt" count="3"/><line num="3" type="cond" truecount="1"/>
      <line num="2" type="stmt" count="0"/>
      </file></package></project></coverage>"""
    found = told("clover", body)
    assert (found.covered, found.coverable) == (1, 2)


def test_lcov_of_several_tests_counts_a_line_once_and_a_summary_where_no_lines_are_told() -> None:
    found = told(
        "lcov", LCOV + b"TN:system\nSF:/home/ann/cart.ts\nDA:2,1\nend_of_record\nSF:c\nLF:10\nLH:4\nend_of_record\n"
    )
    assert (found.covered, found.coverable) == (8, 14)


def test_a_block_that_profiles_of_go_tell_twice_counts_once() -> None:
    found = told("go-cover", GO + b"mode: set\nacme/shop/cart.go:12.3,14.4 1 1\n")
    assert (found.covered, found.coverable) == (4, 4)


def test_nothing_to_cover_is_a_report_too() -> None:
    found = told("go-cover", b"mode: set\n")
    assert (found.covered, found.coverable) == (0, 0)


@pytest.mark.parametrize(
    ("format_", "body", "refusal"),
    [
        ("cobertura", b"<html/>", NotCoverage),
        ("cobertura", CLOVER, NotCoverage),
        ("cobertura", b"<coverage/>", NotCoverage),
        ("clover", COBERTURA, NotCoverage),
        ("jacoco", b"<project/>", NotCoverage),
        ("jacoco", b'<report><counter type="INSTRUCTION" missed="1" covered="1"/></report>', NotCoverage),
        ("lcov", b"", NotCoverage),
        ("lcov", b"<html/>", NotCoverage),
        ("go-cover", LCOV, NotCoverage),
        ("go-cover", b"mode: set\nnot a block\n", NotCoverage),
        ("coverage-py", b"{}", NotCoverage),
        ("coverage-py", b'{"totals": {"covered_lines": 5, "num_statements": 4}}', NotCoverage),
        ("coverage-py", b"[]", NotCoverage),
        ("coverage-py", b"<coverage/>", NotJson),
        ("cobertura", b"{}", NotXml),
    ],
)
def test_what_is_another_format_is_refused(format_: str, body: bytes, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        reading(format_, body)


@pytest.mark.parametrize("format_", ["cobertura", "jacoco", "clover"])
@pytest.mark.parametrize(
    "declared",
    [
        pytest.param('<!DOCTYPE a [<!ENTITY x "y">]>', id="an entity"),
        pytest.param('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', id="a file"),
        pytest.param('<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>', id="a parameter entity"),
        pytest.param('<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>', id="a bomb"),
        pytest.param('<!DOCTYPE a [<!ATTLIST line hits CDATA "1">]>', id="a default of an attribute"),
        pytest.param("<!DOCTYPE a [<!ELEMENT a ANY>]>", id="an element"),
    ],
)
def test_a_document_type_may_be_named_but_may_declare_nothing(format_: str, declared: str) -> None:
    body = SAMPLES[format_]
    start = body.index(b"<coverage" if format_ != "jacoco" else b"<report")
    with pytest.raises(NotXml, match="declares"):
        reading(format_, declared.encode() + body[start:])
    assert reading(format_, b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd" []>' + body[start:]).events


@needs_corpus
def test_real_reports_are_understood() -> None:
    seen = 0
    for format_ in ("cobertura", "jacoco", "lcov"):
        for file in sorted((CORPUS / f"coverage-{format_}").glob("*/*")):
            try:
                found = reading(format_, file.read_bytes())
            except NotCoverage:  # a build file, and one that says so itself
                assert file.name in ("JaCoCo_Ant.xml", "empty.xml"), file
                continue
            event = only(TestsReported, found)
            assert event.covered is not None, file
            assert event.covered <= (event.coverable or 0) > 0, file
            assert reading(format_, found.stored_body).events == found.events, file
            seen += 1
    assert seen
