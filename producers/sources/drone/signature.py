"""How Drone signs: date and digest of the body, as the draft of HTTP signatures says. Pure.

https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-10
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from producers.proof import Signed, any_equal
from producers.source import BadSignature
from schemas.deliveries import Delivery, Headers, Secret

_WINDOW_S = 300
_SIGNED = ("date", "digest")
_PARAMETER = re.compile(r'(\w{1,20})="([^"]{0,1000})"', re.ASCII)
_PREFIX = "Signature "


@dataclass(frozen=True, slots=True)
class HttpSignature:
    """The HMAC-SHA256 of date and digest, the date not older than 5 minutes."""

    @property
    def told(self) -> str:
        """See Proof."""
        return (
            "the header `Signature` is an HTTP signature (hmac-sha256) of the headers `Date`, at most 5 minutes before "
            "it arrives, and `Digest`, which is the SHA-256 of the raw body"
        )

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        headers = delivery.headers
        parameters = dict(_PARAMETER.findall(_given(headers)))
        signed = parameters.get("headers", "date").lower().split()
        if parameters.get("algorithm") != "hmac-sha256" or not set(_SIGNED) <= set(signed) or len(signed) > 10:
            raise BadSignature(
                "the header Signature is missing or malformed; it must sign date and digest by hmac-sha256"
            )
        if not any_equal([_digest(delivery.body)], [headers.get("digest", "")]):
            raise BadSignature("the header Digest does not fit the body")
        if abs((delivery.received_at - _date(headers)).total_seconds()) > _WINDOW_S:
            raise BadSignature("the header Date is more than 5 minutes from now; is the sender's clock right?")
        wanted = [_signature(headers, signed, secret) for secret in secrets if secret]
        if not any_equal(wanted, [parameters.get("signature", "")]):
            raise BadSignature("the header Signature does not fit; is DRONE_WEBHOOK_SECRET the one configured here?")

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        headers = {"date": format_datetime(at.astimezone(UTC), usegmt=True), "digest": _digest(body)}
        signature = _signature(headers, _SIGNED, secret)
        names = " ".join(_SIGNED)
        told = f'keyId="hmac-key",algorithm="hmac-sha256",headers="{names}",signature="{signature}"'
        return Signed({**headers, "signature": told})


def _given(headers: Headers) -> str:
    """The signature; the draft lets it stand in Authorization too."""
    authorization = headers.get("authorization", "")
    return headers.get("signature") or (authorization if authorization.startswith(_PREFIX) else "")


def _date(headers: Headers) -> datetime:
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        raise BadSignature("the header Date is missing or malformed") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _digest(body: bytes) -> str:
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def _signature(headers: Headers, signed: Sequence[str], secret: Secret) -> str:
    text = "\n".join(f"{name}: {headers.get(name, '')}" for name in signed)
    return base64.b64encode(hmac.digest(secret, text.encode(errors="surrogatepass"), "sha256")).decode()
