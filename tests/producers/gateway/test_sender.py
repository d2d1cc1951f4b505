"""A payload is sent signed as its vendor would sign it, and every failure says what to do."""

import hashlib
import hmac

import httpx
import orjson
import pytest

from producers.registry import find_source
from producers.sender import NotSent, named, send, signed_headers
from schemas.deliveries import Answer, Secret
from tests.engines import free_port
from tests.producers.gateway.process import GatewayProcess

SECRET = Secret(b"a secret")


def test_a_payload_of_github_carries_its_event_and_its_signature() -> None:
    headers = signed_headers("github", "push", b"{}", SECRET)
    assert headers["x-github-event"] == "push"
    assert headers["x-hub-signature-256"] == "sha256=" + hmac.new(SECRET, b"{}", hashlib.sha256).hexdigest()


def test_a_vendor_whose_signature_is_unknown_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.sender.find_source", lambda _: object())  # a plugin that only verifies
    with pytest.raises(NotSent, match="'acme' cannot be signed"):
        signed_headers("acme", "run", b"{}", SECRET)


@pytest.mark.parametrize("source", ["github", "git"])
def test_a_vendor_that_names_the_event_in_a_header_needs_its_name(source: str) -> None:
    with pytest.raises(NotSent, match="--event"):
        signed_headers(source, "", b"{}", SECRET)


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"{", "not JSON"), (b"{}", "context is missing"), (b"7", "not an object"), (b'{"context": {"id": 1}}', "source")],
)
def test_a_file_that_is_no_cdevent_is_not_sent(body: bytes, reason: str) -> None:
    with pytest.raises(NotSent, match=reason):
        signed_headers("cdevents", "", body, SECRET)


def test_an_attribute_of_a_cloudevent_is_a_header_of_plain_characters() -> None:
    context = {"id": "läuft\r\n 7%", "source": "/ci", "type": "dev.cdevents.build.queued.0.3.0", "timestamp": "now"}
    headers = signed_headers("cdevents", "", orjson.dumps({"context": context, "subject": {"id": "x"}}), SECRET)
    assert headers["ce-id"] == "l%C3%A4uft%0D%0A%207%25"


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("github", "x-github-event"),
        ("bitbucket-cloud", "x-event-key"),
        ("bitbucket-server", "x-event-key"),
        ("sentry", "sentry-hook-resource"),
        ("tekton", "ce-type"),
    ],
)
def test_an_event_is_named_in_the_header_that_its_vendor_uses(source: str, header: str) -> None:
    assert named(find_source(source), "changed") == {header: "changed"}


def test_canonical_events_are_sent_to_an_address_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answer = Answer(delivery="1", outcome="ignored", stored="kafka", events=())

    def taken(url: str, **_: object) -> httpx.Response:
        asked.append(url)
        return httpx.Response(202, content=answer.model_dump_json())

    monkeypatch.setattr(httpx, "post", taken)
    assert send("http://gauge", find_source("events"), "", b"[]", SECRET) == answer
    assert asked == ["http://gauge/events"]


def test_a_refusal_is_told_with_the_gateways_own_words(gateway: GatewayProcess) -> None:
    with pytest.raises(NotSent, match="404: no such source"):
        send(gateway.url, find_source("github"), "push", b"{}", SECRET)


def test_where_nobody_listens_the_address_is_named() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NotSent, match=f"no answer from {address}"):
        send(address, find_source("github"), "push", b"{}", SECRET)
