"""Laws of every format of reports: whatever a body holds, it is refused or understood, and nothing else happens."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.gateway import read
from producers.reports.formats import FORMATS
from producers.reports.posted import PostedReport
from producers.source import Refused
from schemas.deliveries import Delivery
from tests.producers.reports.reading import ABOUT, NOON, reading
from tests.producers.reports.test_bills_of_materials import CYCLONEDX, SPDX, SPDX_3, TAGS, XML
from tests.producers.reports.test_coverage import SAMPLES
from tests.producers.reports.test_sarif import log
from tests.producers.sources.test_laws import mutation

DOCUMENTS: list[tuple[str, Any]] = [
    ("sarif", json.loads(log({"ruleId": "A1", "suppressions": [{"kind": "external"}]}, invocations=[{}]))),
    ("cyclonedx", CYCLONEDX | {"vulnerabilities": [{"ratings": [{"severity": "low"}], "analysis": {"state": "x"}}]}),
    ("spdx", SPDX),
    ("spdx", SPDX_3),
    ("coverage-py", json.loads(SAMPLES["coverage-py"])),
]
TEXTS = [
    *((name, body) for name, body in SAMPLES.items()),
    ("junit", b'<testsuite name="a" time="1"><testcase classname="A" name="b"><failure/></testcase></testsuite>'),
    ("tap", b"TAP version 14\n1..2\nok 1 - a # SKIP\n  ---\n  a: b\n  ...\nnot ok 2\n"),
    ("cyclonedx", XML),
    ("spdx", TAGS),
]


@st.composite
def mutated_documents(draw: st.DrawFn) -> tuple[str, bytes]:
    name, document = draw(st.sampled_from(DOCUMENTS))
    return name, json.dumps(mutation(draw, document)).encode()


@st.composite
def mutated_texts(draw: st.DrawFn) -> tuple[str, bytes]:
    name, body = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        put = draw(
            st.sampled_from([b"", b"\n", b" ", b'"', b"<", b"0", b"-1", b"9" * 30, b"1e9", b"\xff", b"\x00", b":"])
        )
        body = body[:at] + put + body[at + draw(st.integers(0, 4)) :]
    return name, body


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated_documents() | mutated_texts())
def test_a_body_is_refused_or_read_and_no_mapping_fails(case: tuple[str, bytes]) -> None:
    name, body = case
    try:
        found = reading(name, body)
    except Refused:  # told to the sender, with a reason
        return
    assert found.fault != "defect", found.reason
    assert reading(name, found.stored_body).events == found.events


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_of_nobody_is_a_dead_letter_that_names_the_header(name: str) -> None:
    body = next(
        json.dumps(found).encode() if isinstance(found, dict) else found
        for format_, found in [*DOCUMENTS, *TEXTS]
        if format_ == name
    )
    nobody = {header: text for header, text in ABOUT.items() if header != "x-pipegauge-service"}
    found = read(Delivery(name, nobody, body, None, NOON), PostedReport(FORMATS[name]), b"")
    assert (found.outcome, found.field) == ("dead-letter", "x-pipegauge-service")


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is_and_where_that_is_told(name: str) -> None:
    assert FORMATS[name].name == name
    assert FORMATS[name].title
    assert FORMATS[name].page.startswith("https://")
