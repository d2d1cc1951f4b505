"""The reports that a step brings along: what is kept of them, and what they come to. Pure."""

import base64
import zlib
from collections.abc import Iterator, Sequence

from producers.payload import Payload
from producers.reports.about import FACTS, Said
from producers.reports.about import About as AboutReport
from producers.reports.format import Read, ReportFormat
from producers.reports.formats import FORMATS
from producers.source import Refused, Unmappable
from producers.sources.ci.step import About
from producers.sources.ci.together import together
from schemas.events import Event
from schemas.report_rules import ReportRule

MOST_REPORTS = 1_000
MOST_BYTES = 64 << 20
"""Bytes of all reports of a delivery, unpacked."""


def told_reports(step: About, rules: Sequence[ReportRule]) -> list[Event]:
    """What all reports come to. Raises Unmappable for one that cannot be read: it names which."""
    return together(_each(step, rules), step.payload.optional_text("stage") or "tests")


def _each(step: About, rules: Sequence[ReportRule]) -> Iterator[Event]:
    room = MOST_BYTES
    for number, report in enumerate(step.payload.parts("reports")):
        if number == MOST_REPORTS:
            raise step.payload.unfit("reports", f"a list of {MOST_REPORTS:,} reports at most")
        body = _body(report, room)
        room -= len(body)
        yield from _events(report, body, step, rules)


def reduced(document: object) -> object:
    """The document with what the formats keep of its reports; of one that cannot be read, why."""
    reports = document.get("reports") if isinstance(document, dict) else None
    if not isinstance(reports, list) or len(reports) > MOST_REPORTS:
        return document
    room = MOST_BYTES
    for number, one in enumerate(reports):
        if isinstance(one, dict):
            report = Payload(one, f"reports[{number}]")
            try:
                body = _body(report, room)
                room -= len(body)
                one["content"] = _read(report, body).stored.decode()
            except Unmappable as unmappable:  # what is in it is not known, so none of it is kept
                one["content"] = None
                one["unreadable"] = {"reason": unmappable.reason, "field": unmappable.field}
            one.pop("deflated", None)
    return document


def _events(report: Payload, body: bytes, step: About, rules: Sequence[ReportRule]) -> list[Event]:
    said = Said(
        service=step.origin.app,
        repository=step.origin.repository,
        sha=step.links.sha,
        run=step.links.run,
        change=step.links.change,
        automated=None if report.flag("automated", True) else "manual",
        time=step.finished_at.isoformat(),
        path=report.optional_text("path"),
    )
    called = {fact: f"{report.path}.{fact}" for fact in FACTS}
    about = AboutReport(said, step.received_at, called, rules, step.links.tickets, step.actor, step.url)
    return _format(report).events(_read(report, body), about)


def _format(report: Payload) -> ReportFormat:
    format_ = FORMATS.get(report.text("format"))
    if format_ is None:
        raise report.unfit("format", f"one of {', '.join(FORMATS)}")
    return format_


def _read(report: Payload, body: bytes) -> Read:
    format_ = _format(report)
    try:
        return format_.read(body)
    except Refused as refused:
        raise report.unfit("content", f"{format_.title}: {refused.detail}") from refused


def _body(report: Payload, room: int) -> bytes:
    """The bytes of a report, packed or not; never more than there is room for."""
    unreadable = report.optional_part("unreadable")
    if unreadable is not None:
        raise Unmappable(unreadable.text("reason"), unreadable.text("field"))
    if report.value.get("deflated") is None:
        content = report.text("content").encode()
        if len(content) > room:
            raise report.unfit("content", "small enough")
        return content
    try:
        packed = base64.b64decode(report.text("deflated"), validate=True)
        unpacking = zlib.decompressobj()
        body = unpacking.decompress(packed, room + 1)
    except (ValueError, zlib.error) as error:
        raise report.unfit("deflated", "base64 of a zlib stream") from error
    if len(body) > room or not unpacking.eof:
        raise report.unfit("deflated", "whole, or it is too large")
    return body
