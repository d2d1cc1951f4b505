"""Trackers and tools of operation: who is believed, what is one fact, and what is no incident."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from producers.gateway import Reading, read
from producers.naming import EventHeader
from producers.registry import find_source, source_names
from producers.source import BadSignature
from producers.vendor import Vendor
from schemas.deliveries import Delivery, Secret, is_kept_header
from tests.producers.sources.golden import RECEIVED_AT, SALT, Case, cases

OLD, NEW = Secret(b"the old secret"), Secret(b"the new secret")
BODY = b'{"a": 1}'


def case(name: str) -> Case:
    return next(found for found in cases() if str(found) == name)


def reading(found: Case, body: Any = None, **headers: str) -> Reading:
    """What becomes of a case with another body or further headers."""
    changed = replace(found, headers={**found.headers, **headers}, body=found.body if body is None else body)
    return read(changed.delivery(), find_source(found.source), SALT)


def signed(source: str, secret: Secret) -> dict[str, str]:
    vendor = find_source(source)
    assert isinstance(vendor, Vendor)
    return vendor.proof.sign(BODY, secret, "made-up", RECEIVED_AT).headers


def verify(source: str, headers: dict[str, str], secrets: list[Secret], url_token: str | None = None) -> None:
    find_source(source).verify(Delivery(source, headers, BODY, url_token, RECEIVED_AT), secrets)


@pytest.mark.parametrize("source", ["jira", "pagerduty", "grafana", "linear", "sentry"])
def test_a_signature_under_any_of_our_secrets_is_accepted_and_another_refused(source: str) -> None:
    verify(source, signed(source, OLD), [NEW, OLD])
    with pytest.raises(BadSignature):
        verify(source, signed(source, OLD), [NEW])
    with pytest.raises(BadSignature):
        verify(source, {}, [OLD])


def test_pagerduty_signs_with_old_and_new_secret_while_they_are_changed() -> None:
    both = ",".join(signed("pagerduty", secret)["x-pagerduty-signature"] for secret in (OLD, NEW))
    verify("pagerduty", {"x-pagerduty-signature": both}, [NEW])


@pytest.mark.parametrize("source", ["jira", "pagerduty", "grafana", "alertmanager", "opsgenie", "statuspage"])
def test_those_that_may_sign_nothing_bring_the_secret_in_the_address(source: str) -> None:
    verify(source, {}, [OLD], url_token="the old secret")
    with pytest.raises(BadSignature):
        verify(source, {}, [OLD], url_token="a guess")


@pytest.mark.parametrize("source", ["jira", "pagerduty", "grafana"])
def test_a_signature_that_does_not_fit_is_refused_whatever_the_address_says(source: str) -> None:
    with pytest.raises(BadSignature):
        verify(source, signed(source, NEW), [OLD], url_token="the old secret")


@pytest.mark.parametrize("source", source_names())
def test_a_header_that_names_the_event_is_kept_for_a_replay(source: str) -> None:
    vendor = find_source(source)
    if isinstance(vendor, Vendor) and isinstance(vendor.naming, EventHeader):
        assert is_kept_header(vendor.naming.place), f"add the first word of {vendor.naming.place} to _KEPT_HEADER"


def test_an_alert_that_is_told_again_is_one_fact_and_its_end_another_of_the_same_incident() -> None:
    first, later = reading(case("alertmanager-firing-two_alerts")), reading(case("alertmanager-resolved-both"))
    again = reading(case("alertmanager-firing-one_resolved_and_one_that_fires_on"))
    assert [event.id for event in again.events if event in first.events] == [first.events[1].id]
    assert [event.incident for event in later.events] == [event.incident for event in first.events]  # type: ignore[union-attr]
    assert not {event.id for event in later.events} & {event.id for event in first.events}


def test_an_alert_whose_end_nobody_tells_is_one_fact_whenever_it_comes() -> None:
    delivery = case("alertmanager-resolved-of_a_template_that_says_little").delivery()
    later = replace(delivery, received_at=RECEIVED_AT + timedelta(hours=1))
    first, second = (read(one, find_source("alertmanager"), SALT).events[0] for one in (delivery, later))
    assert first.id == second.id
    assert first.occurred_at < second.occurred_at


def test_a_resolved_issue_of_sentry_is_one_fact_whenever_it_is_sent() -> None:
    found = case("sentry-issue-resolved")
    sent = [reading(found, **{"sentry-hook-timestamp": second}).events[0] for second in ("1772445600", "1772449200")]
    assert sent[0].id == sent[1].id
    assert sent[0].occurred_at < sent[1].occurred_at


def test_a_time_of_opsgenie_is_the_same_in_milliseconds_and_in_nanoseconds() -> None:
    found = case("opsgenie-Close-in_milliseconds")
    body = copy.deepcopy(found.body)
    body["alert"]["updatedAt"] *= 10**6
    assert reading(found, body).events == reading(found).events


def test_a_message_of_pagerduty_that_we_do_not_know_is_a_dead_letter() -> None:
    found = case("pagerduty-messages-acknowledge_and_assign")
    body = copy.deepcopy(found.body)
    body["messages"][1]["event"] = "incident.tickle"
    told = reading(found, body)
    assert (told.outcome, told.field) == ("dead-letter", "messages[1].event")


def test_a_field_of_ones_own_that_is_called_status_closes_no_issue_of_jira() -> None:
    found = case("jira-jira:issue_updated-done")
    body = copy.deepcopy(found.body)
    for item in body["changelog"]["items"]:
        item["fieldtype"] = "custom"
    [event] = reading(found, body).events
    assert event.type == "TicketUpdated"
    assert (event.action, event.state) == ("updated", "closed")


def test_an_event_that_no_vendor_documents_is_a_dead_letter_and_not_dropped() -> None:
    told = reading(case("linear-Issue-created"), {"type": "Tickle"})
    assert (told.outcome, told.events) == ("dead-letter", ())
