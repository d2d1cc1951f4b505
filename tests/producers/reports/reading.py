"""How the tests of reports read one: as it is posted, with headers, to the gateway."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from producers.gateway import Reading, read
from producers.reports.formats import FORMATS
from producers.reports.posted import PostedReport
from schemas.deliveries import Delivery
from schemas.events import Event
from schemas.report_rules import ReportRule

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
ABOUT = {"x-pipegauge-service": "shop", "x-pipegauge-sha": "abc", "x-pipegauge-run": "7"}
CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set PIPEGAUGE_CORPUS")

Told = TypeVar("Told", bound=Event)


def reading(format_: str, body: bytes, rules: tuple[ReportRule, ...] = (), **headers: str) -> Reading:
    """What the gateway makes of a report; `headers` with _ for -."""
    given = ABOUT | {name.replace("_", "-"): value for name, value in headers.items()}
    return read(Delivery(format_, given, body, None, NOON), PostedReport(FORMATS[format_], rules=rules), b"salt")


def only(kind: type[Told], found: Reading) -> Told:
    """The one event of a reading."""
    (event,) = found.events
    assert isinstance(event, kind), found.reason
    return event
