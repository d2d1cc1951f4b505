"""Signatures over the raw bytes of a body."""

import hashlib
import hmac
import re
from collections.abc import Iterable

from producers.source import BadSignature
from schemas.deliveries import Headers, Secret

_SHA256 = re.compile(r"sha256=([0-9a-fA-F]{64})")


def verify_sha256(headers: Headers, name: str, body: bytes, secrets: Iterable[Secret]) -> None:
    """Raises BadSignature unless the header `name` is `sha256=<hex HMAC-SHA256 of body>` by one of `secrets`.

    https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    """
    given = headers.get(name)
    if given is None:
        raise BadSignature(f"the header {name} is missing; set the hook's secret to the one that is configured here")
    match = _SHA256.fullmatch(given.strip())
    if match is None:
        raise BadSignature(f"the header {name} is malformed; it must be sha256= and 64 hexadecimal digits")
    claimed = match[1].lower()
    # All secrets are tried, so that the time tells nothing of which one matched.
    matches = [hmac.compare_digest(sha256_of(body, secret), claimed) for secret in secrets]
    if not any(matches):
        raise BadSignature(f"the header {name} does not fit the body; is the hook's secret the one configured here?")


def verify_github(headers: Headers, body: bytes, secrets: Iterable[Secret]) -> None:
    """Raises BadSignature unless X-Hub-Signature-256 is that of the body; the legacy SHA-1 header is not enough."""
    verify_sha256(headers, "x-hub-signature-256", body, secrets)


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
