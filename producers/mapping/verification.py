"""How an integrator's deliveries are verified, as `signature:` in pipegauge.yaml says, and signed by `send`. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from producers.signatures import sha256_of, standard_webhook_headers, verify_standard_webhook
from producers.source import BadSignature
from schemas.deliveries import Delivery, Headers, Secret
from schemas.mapping import Signature

DEFAULT = Signature(scheme="hmac-sha256-hex", header="x-hub-signature-256", prefix="sha256=")
"""Where `signature:` is not said: as GitHub signs."""


def verify(rule: Signature, delivery: Delivery, secrets: Iterable[Secret]) -> None:
    """Raises BadSignature unless one of `secrets` vouches for the delivery as `rule` says."""
    if rule.scheme == "standard-webhooks":
        verify_standard_webhook(delivery, secrets)
    elif rule.scheme == "url-token":
        given = delivery.url_token or ""
        if not _any_equal((bytes(secret) for secret in secrets), given.encode()):
            raise BadSignature("the last part of the address is not the source's secret; correct the hook's address")
    else:
        _verify_header(rule, delivery, secrets)


def verify_token(headers: Headers, name: str, secrets: Iterable[Secret]) -> None:
    """Raises BadSignature unless the header `name`, or Authorization after `Bearer `, is one of `secrets`."""
    bearer = headers.get("authorization", "")
    given = bearer[7:] if bearer[:7].lower() == "bearer " else headers.get(name, "")
    if not given:
        raise BadSignature(f"no token; send it as `Authorization: Bearer …` or as {name}")
    if not _any_equal((bytes(secret) for secret in secrets), given.strip().encode(errors="surrogatepass")):
        raise BadSignature("the token is not one of those configured here")


def signed(rule: Signature, body: bytes, secret: Secret, id_: str, now: datetime) -> dict[str, str]:
    """The headers with which a sender would prove that `body` is its own; `id_` and `now` where they are signed too."""
    if rule.scheme == "standard-webhooks":
        return standard_webhook_headers(id_, now, body, secret)
    return {} if rule.scheme == "url-token" else {rule.header: rule.prefix + _expected(rule, body, secret).decode()}


def _verify_header(rule: Signature, delivery: Delivery, secrets: Iterable[Secret]) -> None:
    name = rule.header.lower()
    given = delivery.headers.get(name)
    if given is None:
        raise BadSignature(f"the header {name} is missing; the sender must prove who it is")
    if not given.startswith(rule.prefix):
        raise BadSignature(f"the header {name} is malformed; it must begin with {rule.prefix!r}")
    value = given.removeprefix(rule.prefix).strip().encode(errors="surrogatepass")
    if rule.scheme == "hmac-sha256-hex":
        value = value.lower()
    if not _any_equal((_expected(rule, delivery.body, secret) for secret in secrets), value):
        raise BadSignature(f"the header {name} does not fit; is the sender's secret the one configured here?")


def _expected(rule: Signature, body: bytes, secret: Secret) -> bytes:
    if rule.scheme == "token":
        return secret
    if rule.scheme == "hmac-sha256-hex":
        return sha256_of(body, secret).encode()
    return base64.b64encode(hmac.digest(secret, body, hashlib.sha256))


def _any_equal(wanted: Iterable[bytes], given: bytes) -> bool:
    # All are compared, so that the time tells nothing of which one matched.
    matches = [hmac.compare_digest(one, given) for one in wanted]
    return any(matches)
