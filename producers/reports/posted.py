"""A report that is posted by itself: what it is about is in the headers. Pure."""

from collections.abc import Sequence

import orjson

from producers.mapping.verification import verify_token
from producers.reports.about import FACTS, About, said_by
from producers.reports.format import Read, ReportFormat
from producers.source import Parsed, Report
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event
from schemas.report_headers import ReportHeaders
from schemas.report_rules import ReportRule

TOKEN_HEADER = "x-pipegauge-token"  # the name of a header


class PostedReport(Report):
    """The source that a format of reports is, by the headers and rules of pipegauge.yaml."""

    handles = frozenset({"report"})
    ignores: frozenset[str] = frozenset()
    personal: tuple[str, ...] = ()

    def __init__(
        self, format_: ReportFormat, headers: ReportHeaders | None = None, rules: Sequence[ReportRule] = ()
    ) -> None:
        self.format = format_
        self._headers = headers or ReportHeaders()
        self._called = {fact: str(getattr(self._headers, fact)) for fact in FACTS}
        self._rules = tuple(rules)

    @property
    def name(self) -> str:
        """The format's."""
        return self.format.name

    def event_name(self, headers: Headers, body: bytes) -> str:
        """There is one kind of delivery."""
        return "report"

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless X-Pipegauge-Token, or Authorization after `Bearer `, is one of `secrets`."""
        verify_token(delivery.headers, TOKEN_HEADER, secrets)

    def parse(self, body: bytes) -> Parsed:
        """What the format keeps of a report. Raises Refused for what is none."""
        read = self.format.read(body)
        return Parsed(read, body, read.stored, self.format.content_type)

    def context(self, headers: Headers) -> bytes:
        """What the headers say of the report."""
        said = said_by(headers, self._headers)
        return orjson.dumps([getattr(said, fact) for fact in FACTS])

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a report. Raises Unmappable, which names the header that does not fit."""
        read = delivery.document
        assert isinstance(read, Read)
        said = said_by(delivery.headers, self._headers)
        return self.format.events(read, About(said, delivery.received_at, self._called, self._rules))
