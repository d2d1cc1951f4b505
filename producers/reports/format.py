"""A format of reports as a value: what is read of a body, what is kept of it, and the events that it comes to. Pure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from producers.reports.about import About
from schemas.events import Event


@dataclass(frozen=True, slots=True)
class Read:
    """A report as it was read. `stored` is what is kept of it, a report of the same format that reads the same."""

    value: object
    stored: bytes

    @property
    def digest(self) -> str:
        """What tells a report from others: that of all that is kept of it."""
        return hashlib.sha256(self.stored).hexdigest()[:20]


@dataclass(frozen=True)
class ReportFormat:
    """A format that is posted to /reports/{name}.

    `title` is how it is called, `page` where it is documented. `read` raises Refused for what is no such report;
    `events` raises Unmappable for what is said of it and does not fit.
    """

    name: str
    title: str
    page: str
    content_type: str
    read: Callable[[bytes], Read]
    events: Callable[[Read, About], list[Event]]

    @property
    def urn(self) -> str:
        """The source of its events."""
        return f"urn:pipegauge:{self.name}"
