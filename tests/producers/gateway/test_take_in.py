"""What the gateway makes of a delivery, without a socket: records, headers, trace, and nothing that is private."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from producers.gateway import Intake, TooLarge, explain, take_in
from producers.records import KafkaRecord
from producers.source import BadSignature, NotJson
from schemas.catalog import Catalog
from schemas.codec import decode_event
from schemas.config import PathClaim, Service, SourceSettings
from schemas.deliveries import DeadLetter, Delivery, delivery_id
from tests.producers.gateway.acme import NEXT_SECRET, SECRET, Acme, run, signed

TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
SIGNED = SourceSettings(secrets=("x",))


def delivery(payload: object, event: str = "run", **headers: str) -> Delivery:
    """A signed delivery at noon."""
    signed_headers, body = signed(payload, SECRET, event)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery("acme", signed_headers | headers, body, None, datetime(2026, 1, 5, 12, tzinfo=UTC))


def taken(
    payload: object, settings: SourceSettings = SIGNED, services: tuple[Service, ...] = (), **more: str
) -> Intake:
    """What becomes of a delivery."""
    return take_in(
        delivery(payload, **more), Acme(), [SECRET, NEXT_SECRET], settings, Catalog(services), b"salt", TRACE
    )


def on(intake: Intake, topic: str) -> list[KafkaRecord]:
    """The records of one topic."""
    return [record for record in intake.records if record.topic == topic]


def test_a_delivery_is_kept_under_the_id_of_its_raw_body_with_personal_values_hashed() -> None:
    intake = taken(run())
    (kept,) = on(intake, "deliveries")
    assert intake.delivery == delivery_id("acme", "run", json.dumps(run()).encode())
    assert kept.key == intake.delivery.encode()
    assert b"Ann" not in b"".join(record.value for record in intake.records)
    stored = json.loads(kept.value)
    assert stored.pop("actor")["login"].startswith("h:")
    assert stored == {key: value for key, value in run().items() if key != "actor"}
    headers = dict(kept.headers)
    assert headers["pipegauge-source"] == b"acme"
    assert headers["pipegauge-event"] == b"run"
    assert headers["pipegauge-outcome"] == b"accepted"
    assert headers["pipegauge-received-at"] == b"2026-01-05T12:00:00+00:00"
    assert headers["pipegauge-event-ids"].decode() == ",".join(intake.events)


def test_keep_raw_keeps_the_bytes() -> None:
    (kept,) = on(taken(run(), SourceSettings(secrets=("x",), keep_raw=True)), "deliveries")
    assert kept.value == json.dumps(run()).encode()


def test_a_content_type_is_kept_with_the_body_it_is_of_and_a_form_becomes_json() -> None:
    payload = json.dumps(run())
    for body, type_, kept in (
        (payload, "application/cloudevents+json; charset=utf-8", b"application/cloudevents+json; charset=utf-8"),
        (urlencode({"payload": payload}), "application/x-www-form-urlencoded", b"application/json"),
    ):
        (record,) = on(taken(body.encode(), content_type=type_), "deliveries")
        assert record.value != body.encode()
        assert dict(record.headers)["http-content-type"] == kept


def test_a_body_without_personal_values_is_kept_byte_for_byte() -> None:
    body = b' {"repository" : "acme/shop", "run":1, "at":"2026-01-05T10:00:00Z"}\n'
    (kept,) = on(taken(body), "deliveries")
    assert kept.value == body


def test_every_record_carries_the_trace() -> None:
    for payload in (run(), {}):
        assert {dict(record.headers)["traceparent"] for record in taken(payload).records} == {TRACE.encode()}


def test_an_event_is_published_once_for_each_service_that_claims_it() -> None:
    claim = PathClaim(repository="acme/shop", patterns=("a",))
    intake = taken(run(), services=(Service(name="one", paths=(claim,)), Service(name="two", paths=(claim,))))
    events = on(intake, "events")
    assert [record.key for record in events] == [b"one", b"two"]
    assert {decode_event(record.value).id for record in events} == set(intake.events)
    headers = dict(events[0].headers)
    assert headers["ce_type"] == b"dev.pipegauge.RunUpdated"
    assert headers["pipegauge-delivery"] == intake.delivery.encode()


@pytest.mark.parametrize(
    "private",
    [
        {"authorization": "Basic x"},
        {"cookie": "a=b"},
        {"x_acme_signature": ""},
        {"x_gitlab_token": "t"},
        {"x_forwarded_for": "10.0.0.1"},
        {"x_real_ip": "10.0.0.1"},
        {"x_harmless_name": f"but the secret: {SECRET.decode()}"},
        {"x_harmless_name": f"but the next secret: {NEXT_SECRET.decode()}"},
    ],
)
def test_what_is_private_in_the_headers_is_not_kept(private: dict[str, str]) -> None:
    headers = delivery(run()).headers
    with_private = delivery(run(), **{"x_acme_delivery": "7"} | private)
    if "x_acme_signature" in private:
        with_private = delivery(run(), x_acme_delivery="7")
    intake = take_in(with_private, Acme(), [SECRET, NEXT_SECRET], SIGNED, Catalog([]), b"salt", TRACE)
    kept = {name for record in intake.records for name, _ in record.headers if name.startswith("http-")}
    assert kept == {"http-x-acme-event", "http-content-type", "http-x-acme-delivery"}
    assert headers["x-acme-signature"].encode() not in b"".join(v for r in intake.records for _, v in r.headers)


def test_an_unsigned_delivery_passes_only_where_the_source_is_configured_so() -> None:
    unsigned = delivery(run(), x_acme_signature="none")
    with pytest.raises(BadSignature):
        take_in(unsigned, Acme(), [], SIGNED, Catalog([]), b"salt", TRACE)
    open_to_all = SourceSettings(unsigned=True)
    assert take_in(unsigned, Acme(), [], open_to_all, Catalog([]), b"salt", TRACE).outcome == "accepted"
    with pytest.raises(BadSignature):
        take_in(unsigned, Acme(), [SECRET], open_to_all, Catalog([]), b"salt", TRACE)


def test_a_dead_letter_says_why_and_names_the_field_but_quotes_no_value() -> None:
    intake = taken(run(at="Ann's birthday"))
    (letter,) = on(intake, "dead-letters")
    told = DeadLetter.model_validate_json(dict(letter.headers)["pipegauge-dead-letter"])
    assert (told.stage, told.field, told.source, told.event_name) == ("normalise", "occurred_at", "acme", "run")
    assert (told.id, told.delivery) == (intake.delivery, intake.delivery)
    assert "Ann" not in told.model_dump_json()
    assert letter.key == b"acme"
    assert letter.value == on(intake, "deliveries")[0].value


def test_a_delivery_whose_records_kafka_could_not_hold_is_refused() -> None:
    logins: Any = run(pad="x" * (29 << 20))
    with pytest.raises(TooLarge):
        taken(logins)


def test_explain_tells_what_would_become_of_a_delivery() -> None:
    (event,) = map(json.loads, explain(delivery(run(7)), Acme(), b"salt"))
    assert event["outcome"] == "accepted"
    assert event["event"]["run"] == "7"
    assert [json.loads(line) for line in explain(delivery({}, "ping"), Acme(), b"salt")] == [{"outcome": "ignored"}]
    (dead,) = map(json.loads, explain(delivery({"repository": "acme/shop"}), Acme(), b"salt"))
    assert dead == {"outcome": "dead-letter", "reason": "a field is missing", "field": "run"}
    with pytest.raises(NotJson):
        explain(delivery(b"no"), Acme(), b"salt")
