"""Who may hand in a delivery of Drone: whoever signed date and digest of it with the secret, of late."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from producers.registry import find_source
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret

BODY = b'{"action": "updated"}'
OLD, NEW = Secret(b"the old secret"), Secret(b"the new secret")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def signed(at: datetime = NOW, secret: Secret = NEW, body: bytes = BODY, names: str = "date digest") -> dict[str, str]:
    """The headers that Drone sends, made here as the draft says."""
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"date": format_datetime(at, usegmt=True), "digest": digest}
    text = "\n".join(f"{name}: {headers[name]}" for name in names.split())
    signature = base64.b64encode(hmac.new(secret, text.encode(), hashlib.sha256).digest()).decode()
    told = f'keyId="hmac-key",algorithm="hmac-sha256",headers="{names}",signature="{signature}"'
    return {**headers, "signature": told}


def verify(headers: dict[str, str], *secrets: Secret, body: bytes = BODY) -> None:
    find_source("drone").verify(Delivery("drone", headers, body, None, NOW), secrets)


@pytest.mark.parametrize("secrets", [(NEW,), (OLD, NEW), (NEW, OLD)])
def test_a_signature_by_one_of_the_secrets_is_accepted(secrets: tuple[Secret, ...]) -> None:
    verify(signed(), *secrets)


def test_a_signature_in_the_header_authorization_is_accepted() -> None:
    headers = signed()
    verify({**headers, "signature": "", "authorization": "Signature " + headers["signature"]}, NEW)


def test_a_signature_of_digest_and_date_in_another_order_is_accepted() -> None:
    verify(signed(names="digest date"), NEW)


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_signature_of_another_time_is_refused(age: timedelta) -> None:
    with pytest.raises(BadSignature, match="5 minutes"):
        verify(signed(NOW - age), NEW)


def test_a_date_that_was_changed_is_refused() -> None:
    headers = {**signed(NOW - timedelta(hours=1)), "date": format_datetime(NOW, usegmt=True)}
    with pytest.raises(BadSignature, match="does not fit"):
        verify(headers, NEW)


@pytest.mark.parametrize("names", ["date", "digest"])
def test_a_signature_that_leaves_out_date_or_body_is_refused(names: str) -> None:
    with pytest.raises(BadSignature, match="date and digest"):
        verify(signed(names=names), NEW)


def test_a_body_that_was_changed_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit the body"):
        verify(signed(), NEW, body=BODY + b" ")
    other = signed(body=BODY + b" ")
    with pytest.raises(BadSignature, match="does not fit; is"):
        verify({**signed(), "digest": other["digest"]}, NEW, body=BODY + b" ")


@pytest.mark.parametrize("secrets", [(), (OLD,), (Secret(b""),)])
def test_a_signature_by_another_secret_is_refused(secrets: tuple[Secret, ...]) -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify(signed(), *secrets)


@pytest.mark.parametrize("broken", [{"signature": ""}, {"signature": "nonsense"}, {"digest": ""}, {"date": "tomorrow"}])
def test_a_malformed_header_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify({**signed(), **broken}, NEW)
