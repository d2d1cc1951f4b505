"""Who may hand in a delivery of Buildkite: whoever signed it with the webhook's token of late, or sends the token."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from producers.registry import find_source
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret

BODY = b'{"event": "ping"}'
OLD, NEW = Secret(b"the old token"), Secret(b"the new token")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def signed(at: datetime = NOW, token: Secret = NEW, body: bytes = BODY) -> dict[str, str]:
    """The header that Buildkite sends, made here as its documentation says."""
    seconds = str(int(at.timestamp()))
    digest = hmac.new(token, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-buildkite-signature": f"timestamp={seconds},signature={digest}"}


def verify(headers: dict[str, str], *secrets: Secret, body: bytes = BODY) -> None:
    find_source("buildkite").verify(Delivery("buildkite", headers, body, None, NOW), secrets)


@pytest.mark.parametrize("secrets", [(NEW,), (OLD, NEW), (NEW, OLD)])
def test_a_signature_by_one_of_the_tokens_is_accepted(secrets: tuple[Secret, ...]) -> None:
    verify(signed(), *secrets)


@pytest.mark.parametrize("age", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_five_minutes_are_not_too_old(age: timedelta) -> None:
    verify(signed(NOW - age), NEW)


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)])
def test_a_signature_of_another_time_is_refused(age: timedelta) -> None:
    with pytest.raises(BadSignature, match="5 minutes"):
        verify(signed(NOW - age), NEW)


def test_a_time_that_was_changed_is_refused() -> None:
    old = signed(NOW - timedelta(hours=1))["x-buildkite-signature"]
    fresh = f"timestamp={int(NOW.timestamp())}," + old.partition(",")[2]
    with pytest.raises(BadSignature, match="does not fit"):
        verify({"x-buildkite-signature": fresh}, NEW)


@pytest.mark.parametrize("secrets", [(), (OLD,), (Secret(b""),)])
def test_a_signature_by_another_token_is_refused(secrets: tuple[Secret, ...]) -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(signed(token=secrets[0] if secrets == (Secret(b""),) else NEW), *secrets)


def test_a_body_that_was_changed_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(signed(), NEW, body=BODY + b" ")


@pytest.mark.parametrize("given", ["", "timestamp=1", "signature=" + "a" * 64, "timestamp=x,signature=" + "a" * 64])
def test_a_malformed_signature_is_refused_whatever_else_is_sent(given: str) -> None:
    with pytest.raises(BadSignature, match="malformed"):
        verify({"x-buildkite-signature": given, "x-buildkite-token": NEW.decode()}, NEW)


def test_the_token_itself_is_accepted_and_another_refused() -> None:
    verify({"x-buildkite-token": NEW.decode()}, OLD, NEW)
    with pytest.raises(BadSignature):
        verify({"x-buildkite-token": "a guess"}, NEW)
    with pytest.raises(BadSignature, match="missing"):
        verify({}, NEW)
