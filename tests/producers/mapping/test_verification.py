"""Each way in which an integrator may prove who it is, and that a forgery does not."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from producers.mapping import verification
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret
from schemas.mapping import Signature

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
SECRETS = [Secret(b"the old secret"), Secret(b"whsec_" + base64.b64encode(b"the new secret"))]
BODY = b'{"type": "build.finished"}'
RULES = [
    Signature(scheme="hmac-sha256-hex", header="X-Acme-Signature", prefix="sha256="),
    Signature(scheme="hmac-sha256-base64", header="X-Acme-Signature"),
    Signature(scheme="token", header="Authorization", prefix="Bearer "),
    Signature(scheme="standard-webhooks"),
    Signature(scheme="url-token"),
]


def delivery(rule: Signature, secret: Secret, body: bytes = BODY) -> Delivery:
    """As the sender would post it at noon."""
    headers = {name.lower(): value for name, value in verification.signed(rule, body, secret, "m1", NOON).items()}
    return Delivery("acme", headers, body, secret.decode() if rule.scheme == "url-token" else None, NOON)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.scheme)
def test_any_of_the_secrets_is_taken_and_no_other(rule: Signature) -> None:
    for secret in SECRETS:
        verification.verify(rule, delivery(rule, secret), SECRETS)
    with pytest.raises(BadSignature):
        verification.verify(rule, delivery(rule, Secret(b"a guess")), SECRETS)
    with pytest.raises(BadSignature):
        verification.verify(rule, Delivery("acme", {}, BODY, None, NOON), SECRETS)
    with pytest.raises(BadSignature):
        verification.verify(rule, delivery(rule, SECRETS[0]), [])


@pytest.mark.parametrize("rule", [RULES[0], RULES[1], RULES[3]], ids=lambda rule: rule.scheme)
def test_another_body_does_not_pass(rule: Signature) -> None:
    with pytest.raises(BadSignature):
        verification.verify(rule, replace(delivery(rule, SECRETS[0]), body=BODY + b" "), SECRETS)


def test_the_headers_are_those_that_the_schemes_say() -> None:
    digest = hmac.new(SECRETS[0], BODY, hashlib.sha256)
    hexadecimal, base64_ = (verification.signed(rule, BODY, SECRETS[0], "", NOON) for rule in RULES[:2])
    assert hexadecimal == {"X-Acme-Signature": f"sha256={digest.hexdigest()}"}
    assert base64_ == {"X-Acme-Signature": base64.b64encode(digest.digest()).decode()}
    message = b"m1.%d." % NOON.timestamp() + BODY
    wanted = base64.b64encode(hmac.new(b"the new secret", message, hashlib.sha256).digest()).decode()
    assert verification.signed(RULES[3], BODY, SECRETS[1], "m1", NOON)["webhook-signature"] == f"v1,{wanted}"


def test_a_signed_time_more_than_five_minutes_off_is_refused() -> None:
    sent = delivery(RULES[3], SECRETS[0])
    verification.verify(RULES[3], replace(sent, received_at=NOON + timedelta(minutes=5)), SECRETS)
    for minutes in (-6, 6):
        with pytest.raises(BadSignature, match="5 minutes"):
            verification.verify(RULES[3], replace(sent, received_at=NOON + timedelta(minutes=minutes)), SECRETS)


def test_where_nothing_is_said_it_is_github_s_header() -> None:
    assert verification.DEFAULT.header == "x-hub-signature-256"
    verification.verify(verification.DEFAULT, delivery(verification.DEFAULT, SECRETS[0]), SECRETS)


@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer the old secret"}, {"authorization": "bearer the old secret"}, {"x-t": "the old secret"}],
)
def test_a_token_is_taken_as_a_bearer_or_in_its_header(headers: dict[str, str]) -> None:
    verification.verify_token(headers, "x-t", SECRETS)


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-t": "no"}, {"authorization": "Basic the old secret"}, {"authorization": "Bearer "}, {"x-t": "é"}],
)
def test_another_token_is_not(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verification.verify_token(headers, "x-t", SECRETS)
