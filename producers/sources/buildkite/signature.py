"""How Buildkite signs: the time and the body together. Pure.

https://buildkite.com/docs/apis/webhooks/pipelines#webhook-signature
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from producers.proof import Signed, any_equal
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret

HEADER = "X-Buildkite-Signature"
_WINDOW_S = 300
_FORM = re.compile(r"timestamp=([0-9]{1,12}),\s*signature=([0-9a-fA-F]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimedSignature:
    """The HMAC-SHA256 of time and body, not older than 5 minutes; the webhook's token is the key."""

    @property
    def told(self) -> str:
        """See Proof."""
        return (
            f"the header `{HEADER}` is `timestamp=…,signature=…`, the HMAC-SHA256 of the time, a dot and the raw body "
            "under the token, at most 5 minutes before it arrives"
        )

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        match = _FORM.fullmatch(delivery.headers.get(HEADER.lower(), "").strip())
        if match is None:
            raise BadSignature(f"the header {HEADER} is missing or malformed; it must be timestamp=…,signature=…")
        if abs(delivery.received_at.timestamp() - int(match[1])) > _WINDOW_S:
            raise BadSignature(f"the time in {HEADER} is more than 5 minutes from now; is the sender's clock right?")
        wanted = [_hex(match[1], delivery.body, secret) for secret in secrets if secret]
        if not any_equal(wanted, [match[2].lower()]):
            raise BadSignature(f"the header {HEADER} does not fit; is the webhook's token the secret configured here?")

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        moment = str(int(at.timestamp()))
        return Signed({HEADER.lower(): f"timestamp={moment},signature={_hex(moment, body, secret)}"})


def _hex(moment: str, body: bytes, secret: Secret) -> str:
    return hmac.digest(secret, moment.encode() + b"." + body, "sha256").hex()
