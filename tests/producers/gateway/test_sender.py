"""A payload is sent signed as its vendor would sign it, and every failure says what to do."""

import hashlib
import hmac

import pytest

from producers.sender import NotSent, send, signed_headers
from schemas.deliveries import Secret
from tests.producers.gateway.process import GatewayProcess, free_port

SECRET = Secret(b"a secret")


def test_a_payload_of_github_carries_its_event_and_its_signature() -> None:
    headers = signed_headers("github", "push", b"{}", SECRET)
    assert headers["x-github-event"] == "push"
    assert headers["x-hub-signature-256"] == "sha256=" + hmac.new(SECRET, b"{}", hashlib.sha256).hexdigest()


def test_a_vendor_whose_signature_is_unknown_is_named() -> None:
    with pytest.raises(NotSent, match="'acme' cannot be signed"):
        signed_headers("acme", "run", b"{}", SECRET)


def test_a_refusal_is_told_with_the_gateways_own_words(gateway: GatewayProcess) -> None:
    with pytest.raises(NotSent, match="404: no such source"):
        send(gateway.url, "github", "push", b"{}", SECRET)


def test_where_nobody_listens_the_address_is_named() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NotSent, match=f"no answer from {address}"):
        send(address, "github", "push", b"{}", SECRET)
