"""Bills of materials: how many components something is made of, and what is known to be weak in them. Pure.

Such a bill becomes one FindingsReported: its count of components, and of weaknesses where it speaks of them at all.
"""

from dataclasses import dataclass
from datetime import datetime

from producers.reports.about import About
from producers.reports.findings import Severity, counts_of
from producers.reports.format import Read
from producers.source import Refused
from schemas.events import Event


class NotABill(Refused):
    """No bill of materials in the format that was said."""

    title = "Not this bill of materials"


@dataclass(frozen=True, slots=True)
class Bill:
    """`open_` are the severities of the weaknesses that stand, None where the bill does not speak of any."""

    tool: str
    at: datetime | None
    components: int
    open_: tuple[Severity, ...] | None


def events_of(urn: str, read: Read, about: About) -> list[Event]:
    """The FindingsReported of a bill."""
    bill = read.value
    assert isinstance(bill, Bill)
    counts = {} if bill.open_ is None else counts_of(bill.open_)
    return [
        about.findings(urn, read.digest, bill.tool, bill.at, kind="dependency", components=bill.components, **counts)
    ]
