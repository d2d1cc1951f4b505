"""What reports of coverage come to: how many of the lines that tests could reach they reached. Pure.

Of such a report only its totals and its time are kept, in its own format: the rest are paths and names of files.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from producers.mapping.values import Unfit, moment_of
from producers.reports.about import About
from producers.reports.format import Read, ReportFormat
from producers.source import Refused
from schemas.events import Event

_FIRST_YEAR = 2000  # tools that know no time write 0


class NotCoverage(Refused):
    """No report of coverage in the format that was said."""

    title = "Not this format of coverage"


@dataclass(frozen=True, slots=True)
class Coverage:
    """`covered` of `coverable` lines, at the time that the report says, None where it says none."""

    covered: int
    coverable: int
    at: datetime | None = None


def coverage_format(
    name: str,
    title: str,
    page: str,
    content_type: str,
    understood: Callable[[bytes], Coverage],
    written: Callable[[Coverage], bytes],
) -> ReportFormat:
    """A format of coverage: `understood` reads a report, `written` writes one that says no more than its totals."""

    def read(body: bytes) -> Read:
        found = understood(body)
        return Read(found, written(found))

    def events(read: Read, about: About) -> list[Event]:
        found = read.value
        assert isinstance(found, Coverage)
        urn = f"urn:pipegauge:{name}"
        return [*about.tests(urn, read.digest, "coverage", found.at, covered=found.covered, coverable=found.coverable)]

    return ReportFormat(name, title, page, content_type, read, events)


def sum_of_lines(lines: Iterable[tuple[object, bool]]) -> Coverage:
    """Lines by what names each, and whether it was reached: one that is told twice counts once, reached if ever."""
    reached: dict[object, bool] = {}
    for line, hit in lines:
        reached[line] = reached.get(line, False) or hit
    return Coverage(sum(reached.values()), len(reached))


def moment_in(text: str | None) -> datetime | None:
    """A time in seconds or milliseconds since 1970, or in ISO 8601 with its offset; None for any other."""
    try:
        moment = moment_of(text or "")
    except Unfit:  # most tools write one, but it is the counts that matter
        return None
    return moment.astimezone(UTC) if moment.year >= _FIRST_YEAR else None


def whole_number(element: Element, name: str) -> int | None:
    """A count in an attribute, None where it is none; some tools write 4.0."""
    whole, _, fraction = element.get(name, "").strip().partition(".")
    is_number = whole.isascii() and whole.isdigit() and len(whole) < 16 and not fraction.strip("0")
    return int(whole) if is_number else None


def milliseconds(at: datetime | None) -> int | None:
    """A time in milliseconds since 1970."""
    return None if at is None else round(at.timestamp() * 1_000)
