"""JUnit's XML, the report that nearly every test runner can write. Pure.

One report is one execution of the tests of one step, however many suites are in it: it becomes one TestsReported.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from producers.reports.about import About
from producers.reports.format import Read, ReportFormat
from producers.reports.junit_counts import Counts, counted
from producers.source import Refused
from producers.xml_strict import local_name, parse_xml
from schemas.events import Event, Outcome

# Output, messages, properties, host names and whatever else a runner adds may name people or hold secrets.
_KEPT_ELEMENTS = frozenset(
    (
        *("testsuites", "testsuite", "testcase", "failure", "error", "skipped"),
        *("rerunFailure", "rerunError", "flakyFailure", "flakyError"),
    )
)
_KEPT_ATTRIBUTES = frozenset(
    (
        *("name", "classname", "time", "timestamp", "status", "result", "type"),
        *("tests", "failures", "errors", "skipped", "disabled"),
    )
)


class NotJUnit(Refused):
    """XML, but of another kind."""

    title = "Not JUnit"


def read(body: bytes) -> Read:
    """The suites and cases of the report: names, times and results, nothing else. Raises NotXml or NotJUnit."""
    root = parse_xml(body)
    if local_name(root) not in ("testsuites", "testsuite"):
        raise NotJUnit(
            f"the root element is <{local_name(root)[:100]}>; send a report with <testsuites> or <testsuite>"
        )
    reduced = _reduced(root)
    return Read(reduced, tostring(reduced, "utf-8"))


def events(read: Read, about: About) -> list[Event]:
    """The TestsReported of a report."""
    assert isinstance(read.value, Element)
    counts = counted(read.value)
    told = about.tests(
        REPORT.urn,
        read.digest,
        counts.name,
        counts.finished_at,
        outcome=_outcome(counts),
        total=counts.total,
        passed=counts.passed,
        failed=counts.failed,
        errored=counts.errored,
        skipped=counts.skipped,
        flaky=counts.flaky,
        started_at=counts.started_at,
    )
    return [*told]


def _outcome(counts: Counts) -> Outcome:
    if counts.failed:
        return "failure"
    if counts.errored:
        return "error"
    return "success" if counts.passed else "skipped" if counts.skipped else "neutral"


def _reduced(element: Element) -> Element:
    """`element` with what is kept of it, and nothing of its texts."""
    kept = Element(local_name(element), _attributes(element))
    open_ = [(element, kept)]
    while open_:
        whole, part = open_.pop()
        for inner in whole:
            if local_name(inner) in _KEPT_ELEMENTS:
                open_.append((inner, SubElement(part, local_name(inner), _attributes(inner))))
    return kept


def _attributes(element: Element) -> dict[str, str]:
    return {name: text for name, text in element.attrib.items() if name in _KEPT_ATTRIBUTES}


REPORT = ReportFormat(
    name="junit",
    title="JUnit",
    page="https://github.com/testmoapp/junitxml",
    content_type="application/xml",
    read=read,
    events=events,
)
