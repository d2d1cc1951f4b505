"""JUnit's XML, the report that nearly every test runner can write. Pure.

One report is one execution of the tests of one step, however many suites are in it: it becomes one TestsReported. What
it is about (service, commit, run, level) is said by headers.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast, get_args
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from producers.mapping.values import Unfit, moment_of
from producers.mapping.verification import verify_token
from producers.reports.junit_counts import Counts, counted
from producers.source import Parsed, Refused, Report, Unmappable
from producers.xml_strict import parse_xml
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event, Links, Origin, Outcome, TestLevel, TestsReported, event_id
from schemas.report_headers import ReportHeaders

URN = "urn:pipegauge:junit"
TOKEN_HEADER = "x-pipegauge-token"  # the name of a header
_AUTOMATED = ("true", "automated", "false", "manual")
_FACTS = tuple(ReportHeaders.model_fields)

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


class _Reduced(NamedTuple):
    """A report with nothing but what is kept of it, and what tells it from others."""

    root: Element
    digest: str


class JUnit(Report):
    """The source `junit`."""

    name = "junit"
    handles = frozenset({"report"})
    ignores: frozenset[str] = frozenset()
    personal: tuple[str, ...] = ()

    def __init__(self, headers: ReportHeaders) -> None:
        self._headers = headers

    def event_name(self, headers: Headers, body: bytes) -> str:
        """There is one kind of delivery."""
        return "report"

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless X-Pipegauge-Token, or Authorization after `Bearer `, is one of `secrets`."""
        verify_token(delivery.headers, TOKEN_HEADER, secrets)

    def parse(self, body: bytes) -> Parsed:
        """The suites and cases of the report: names, times and results, nothing else. Raises NotXml or NotJUnit."""
        root = parse_xml(body)
        if _local(root) not in ("testsuites", "testsuite"):
            raise NotJUnit(
                f"the root element is <{_local(root)[:100]}>; send a report with <testsuites> or <testsuite>"
            )
        reduced = _reduced(root)
        stored: bytes = tostring(reduced, "utf-8")
        return Parsed(_Reduced(reduced, hashlib.sha256(stored).hexdigest()[:20]), body, stored, "application/xml")

    def context(self, headers: Headers) -> bytes:
        """What the headers say of the report."""
        return orjson.dumps([self._said(headers, fact) for fact in _FACTS])

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The TestsReported of a report. Raises Unmappable, which names the header that does not fit."""
        report = delivery.document
        assert isinstance(report, _Reduced)
        said = {fact: self._said(delivery.headers, fact) for fact in _FACTS}
        if not said["service"] and not said["repository"]:
            header = self._headers.service
            raise Unmappable(f"nothing says whose tests these are; send {header} or {self._headers.repository}", header)
        counts = counted(report.root)
        level = self._one_of("level", said["level"] or "other", get_args(TestLevel))
        automated = self._one_of("automated", said["automated"] or "true", _AUTOMATED)
        ended = self._moment(said["time"]) or counts.finished_at
        name = said["name"] or counts.name or "tests"
        about = [said[fact] for fact in ("service", "repository", "run", "sha", "change", "level")]
        at = "" if ended is None else ended.isoformat()
        return [
            TestsReported(
                id=event_id(
                    URN, "TestsReported", orjson.dumps([*about, name, report.digest]).decode(), None, "finished", at
                ),
                source=URN,
                origin=Origin(repository=said["repository"], app=said["service"]),
                occurred_at=ended or delivery.received_at,
                received_at=delivery.received_at,
                links=Links(sha=said["sha"], run=said["run"], change=said["change"]),
                report=report.digest,
                name=name,
                outcome=_outcome(counts),
                level=cast("TestLevel", level),
                automated=automated in ("true", "automated"),
                total=counts.total,
                passed=counts.passed,
                failed=counts.failed,
                errored=counts.errored,
                skipped=counts.skipped,
                started_at=counts.started_at,
                finished_at=ended,
            )
        ]

    def _said(self, headers: Headers, fact: str) -> str | None:
        return headers.get(getattr(self._headers, fact), "").strip() or None

    def _one_of(self, fact: str, value: str, words: tuple[str, ...]) -> str:
        if value.lower() not in words:
            header = getattr(self._headers, fact)
            raise Unmappable(f"the header {header} is none of {', '.join(words)}", header)
        return value.lower()

    def _moment(self, value: str | None) -> datetime | None:
        if value is None:
            return None
        try:
            return moment_of(value)
        except Unfit as unfit:
            raise Unmappable(f"the header {self._headers.time} is not {unfit}", self._headers.time) from unfit


def _outcome(counts: Counts) -> Outcome:
    if counts.failed:
        return "failure"
    if counts.errored:
        return "error"
    return "success" if counts.passed else "skipped" if counts.skipped else "neutral"


def _local(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def _reduced(element: Element) -> Element:
    """`element` with what is kept of it, and nothing of its texts."""
    kept = Element(_local(element), _attributes(element))
    open_ = [(element, kept)]
    while open_:
        whole, part = open_.pop()
        for inner in whole:
            if _local(inner) in _KEPT_ELEMENTS:
                open_.append((inner, SubElement(part, _local(inner), _attributes(inner))))
    return kept


def _attributes(element: Element) -> dict[str, str]:
    return {name: text for name, text in element.attrib.items() if name in _KEPT_ATTRIBUTES}
