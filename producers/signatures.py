"""Signatures over the raw bytes of a body."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_STANDARD_SECRET = b"whsec_"
_TOLERANCE = timedelta(minutes=5)


def github_headers(event: str, body: bytes, secret: Secret, delivery: str) -> dict[str, str]:
    """The headers with which GitHub would send `body`."""
    return {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/pipegauge",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": f"sha256={sha256_of(body, secret)}",
    }


def sha256_of(body: bytes, secret: Secret) -> str:
    """The hexadecimal HMAC-SHA256 of a body."""
    return hmac.digest(secret, body, hashlib.sha256).hex()


def verify_standard_webhook(delivery: Delivery, secrets: Iterable[Secret]) -> None:
    """Raises BadSignature unless one of `secrets` signed id, timestamp and body within 5 minutes of the arrival.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    id_, moment = delivery.headers.get("webhook-id", ""), delivery.headers.get("webhook-timestamp", "")
    claimed = [one.removeprefix("v1,") for one in delivery.headers.get("webhook-signature", "").split()[:20]]
    if not id_ or not _SECONDS.fullmatch(moment) or not claimed:
        raise BadSignature("webhook-id, webhook-timestamp (seconds) and webhook-signature (v1,…) belong together")
    if abs(delivery.received_at.timestamp() - int(moment)) > _TOLERANCE.total_seconds():
        raise BadSignature("webhook-timestamp is more than 5 minutes from now; is the sender's clock right?")
    matches = [
        hmac.compare_digest(_standard_signature(id_, moment, delivery.body, secret).encode(), one.encode())
        for secret in secrets
        for one in claimed
    ]
    if not any(matches):
        raise BadSignature("webhook-signature does not fit the body; is the secret the one configured here?")


def standard_webhook_headers(id_: str, at: datetime, body: bytes, secret: Secret) -> dict[str, str]:
    """The headers of a Standard Webhook."""
    moment = str(int(at.timestamp()))
    return {
        "webhook-id": id_,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{_standard_signature(id_, moment, body, secret)}",
    }


def _standard_signature(id_: str, moment: str, body: bytes, secret: Secret) -> str:
    """Secrets are `whsec_` and base64 of the key; any other is the key itself."""
    key = bytes(secret)
    if key.startswith(_STANDARD_SECRET):
        try:
            key = base64.b64decode(key.removeprefix(_STANDARD_SECRET), validate=True)
        except binascii.Error:  # not what the standard says, so a secret that only looks like it
            key = bytes(secret)
    signed = b".".join((id_.encode(), moment.encode(), body))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
