"""What each source makes of its requests, request by request."""

import json
import re

import pytest

from producers.gateway import read
from producers.naming import EventField, EventHeader
from producers.registry import find_source, source_names
from producers.vendor import Vendor
from schemas.deliveries import Delivery
from tests.producers.sources.golden import RECEIVED_AT, SALT, Case, cases

CASES = cases()
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")  # an e-mail's; a package URL has an @ too, but no dot behind it
IGNORED = [(name, event) for name in source_names() for event in sorted(find_source(name).ignores)]
HANDLED = [(name, event) for name in source_names() for event in sorted(find_source(name).handles)]


def can_name_anything(source: str) -> bool:
    """Whether the vendor's own word names the event, and so one that nobody here knows."""
    found = find_source(source)
    return source == "cdevents" or (isinstance(found, Vendor) and isinstance(found.naming, EventHeader | EventField))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_becomes_its_events(case: Case) -> None:
    assert case.events_file.exists(), "run `python -m tests.producers.sources.golden` and read what it wrote"
    assert case.events() == json.loads(case.events_file.read_text())


@pytest.mark.parametrize(("source", "event"), HANDLED)
def test_every_handled_event_has_a_case_that_becomes_events(source: str, event: str) -> None:
    assert any(case.events() for case in CASES if (case.source, case.event) == (source, event)), (
        f"write tests/fixtures/sources/{source}/{event}/<case>.request.json"
    )


@pytest.mark.parametrize(("source", "event"), IGNORED)
def test_every_ignored_event_is_ignored(source: str, event: str) -> None:
    found = find_source(source)
    assert isinstance(found, Vendor)
    headers, body = found.naming.request(event)
    delivery = Delivery(source, headers, json.dumps(body).encode(), None, RECEIVED_AT)
    assert read(delivery, found, SALT).outcome == "ignored"
    assert found.ignored[event], "say why it is dropped"


@pytest.mark.parametrize("source", [name for name in source_names() if can_name_anything(name)])
def test_an_event_that_nobody_decided_about_is_a_dead_letter_that_says_so(source: str) -> None:
    found = find_source(source)
    headers: dict[str, str] = {"ce-type": "dev.cdevents.kettle.boiled.0.1.0"}
    body: object = {}
    if isinstance(found, Vendor):
        headers, body = found.naming.request("kettle.boiled")
    reading = read(Delivery(source, headers, json.dumps(body).encode(), None, RECEIVED_AT), found, SALT)
    assert reading.outcome == "dead-letter"
    assert reading.reason is not None
    assert reading.reason.endswith("not in handles, not in ignores")
    assert "kettle" in reading.reason


@pytest.mark.parametrize("source", source_names())
def test_no_event_is_both_handled_and_ignored(source: str) -> None:
    assert not find_source(source).handles & find_source(source).ignores


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_name_of_a_person_is_left_in_an_event(case: Case) -> None:
    told = json.dumps(case.events())
    assert not [name for name in ("ann-example", "bob-example", "Ann", "Bob", "tidybot") if name in told]
    assert not _ADDRESS.findall(told)
