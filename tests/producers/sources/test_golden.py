"""What each source makes of its requests, request by request."""

import json
import re

import pytest

from producers.gateway import read
from producers.registry import find_source, source_names
from producers.vendor import Vendor
from schemas.deliveries import Delivery
from tests.producers.sources.golden import RECEIVED_AT, SALT, Case, cases

CASES = cases()
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")  # an e-mail's; a package URL has an @ too, but no dot behind it
IGNORED = [(name, event) for name in source_names() for event in sorted(find_source(name).ignores)]
HANDLED = [(name, event) for name in source_names() for event in sorted(find_source(name).handles)]


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


@pytest.mark.parametrize("source", source_names())
def test_no_event_is_both_handled_and_ignored(source: str) -> None:
    assert not find_source(source).handles & find_source(source).ignores


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_name_of_a_person_is_left_in_an_event(case: Case) -> None:
    told = json.dumps(case.events())
    assert not [name for name in ("ann-example", "bob-example", "Ann", "Bob", "tidybot") if name in told]
    assert not _ADDRESS.findall(told)
