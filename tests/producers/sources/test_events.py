"""Canonical events that a sender makes itself: their ids, and what of them is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.gateway import Reading, read, take_in
from producers.proof import StandardWebhook
from producers.source import BadSignature
from producers.sources.events import MOST_EVENTS, SOURCE
from schemas.catalog import Catalog
from schemas.config import SourceSettings
from schemas.deliveries import Delivery, Secret

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
RUN: dict[str, Any] = {
    "type": "RunUpdated",
    "origin": {"repository": "acme/shop"},
    "occurred_at": "2026-03-05T10:00:00Z",
    "run": "7",
    "state": "started",
}


def reading(document: Any) -> Reading:
    return read(Delivery("events", {}, json.dumps(document).encode(), None, NOON), SOURCE, b"salt")


def id_of(**said: Any) -> str:
    (event,) = reading(RUN | said).events
    return event.id


def test_the_same_fact_has_one_id_however_its_time_is_written_and_another_fact_another() -> None:
    assert id_of(occurred_at="2026-03-05T11:00:00+01:00") == id_of(attempt=1) == id_of(outcome="success") == id_of()
    others = [
        id_of(run="8"),
        id_of(attempt=2),
        id_of(state="queued"),
        id_of(source="urn:other"),
        id_of(origin={"repository": "acme/cart"}),
        id_of(occurred_at="2026-03-05T10:00:01Z"),
        id_of(pipeline="verify"),
    ]
    assert len({id_of(), *others}) == 8


def test_a_sender_s_own_id_counts_with_its_source_whatever_else_is_said() -> None:
    mine = id_of(id="run-7", source="urn:mine")
    assert id_of(id="run-7", source="urn:mine", outcome="success", state="finished") == mine
    assert len({mine, id_of(id="run-8", source="urn:mine"), id_of(id="run-7", source="urn:yours"), id_of()}) == 4


def test_an_own_id_cannot_be_that_of_another_source_s_event() -> None:
    taken = id_of()
    assert id_of(id=taken) != taken


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "Nothing"}, "type"),
        ({"type": None}, "type"),
        ({"run": None}, "run"),
        ({"run": 7}, "run"),
        ({"state": "done"}, "state"),
        ({"occurred_at": "2026-03-05T10:00:00"}, "occurred_at"),
        ({"occurred_at": "2126-03-05T10:00:00Z"}, "occurred_at"),
        ({"colour": "red"}, "colour"),
        ({"origin": {}}, "origin"),
        ({"origin": "acme/shop"}, "origin"),
        ({"id": 7}, "id"),
        ({"links": {"sha": "a\x00"}}, "links.sha"),
    ],
)
def test_what_does_not_fit_is_a_dead_letter_that_names_the_field(change: dict[str, Any], field: str) -> None:
    found = reading(RUN | change)
    assert (found.outcome, found.field) == ("dead-letter", field)
    several = reading({"events": [RUN, RUN | change]})
    assert (several.outcome, several.field) == ("dead-letter", f"events[1].{field}")


def test_several_are_all_or_none_and_not_without_end() -> None:
    assert len(reading({"events": [RUN, RUN | {"run": "8"}]}).events) == 2
    assert reading({"events": []}).outcome == "ignored"
    assert reading({"events": [RUN] * (MOST_EVENTS + 1)}).field == "events"


def test_the_time_of_arrival_is_the_gateway_s() -> None:
    (event,) = reading(RUN | {"received_at": "2020-01-01T00:00:00Z"}).events
    assert event.received_at == NOON


def test_it_is_signed_as_a_standard_webhook_or_brings_the_secret_along() -> None:
    body, secret = json.dumps(RUN).encode(), Secret(b"a secret")

    def taken(headers: dict[str, str]) -> str:
        delivery = Delivery("events", headers, body, None, NOON)
        return take_in(delivery, SOURCE, [secret], SourceSettings(secrets=("x",)), Catalog([]), b"", "t").outcome

    assert taken(StandardWebhook().sign(body, secret, "1", NOON).headers) == "accepted"
    assert taken({"authorization": "Bearer a secret"}) == "accepted"
    for wrong in ({}, {"authorization": "Bearer guess"}, StandardWebhook().sign(b"{}", secret, "1", NOON).headers):
        with pytest.raises(BadSignature):
            taken(wrong)
