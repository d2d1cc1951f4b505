"""How a delivery of a source is signed: by its proof, or found out by trying what vendors do. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.proof import Credential, Hmac, Proof, Signed, StandardWebhook, Token
from producers.source import BadSignature, Source
from schemas.deliveries import Delivery, Secret

Sign = Callable[[bytes, Secret, str, datetime], Signed]
_PREFIXES = ("", "sha256=", "v1=", "v0=", "sha1=", "sha512=")
_DIGESTS = ("sha256", "sha1", "sha512")


class Asked(dict[str, str]):
    """Headers that remember which of them were asked for."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self.names: dict[str, None] = {}

    def __getitem__(self, name: str) -> str:
        self.names[name] = None
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names[str(name)] = None
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As of any mapping."""
        self.names[name] = None
        return super().get(name, default)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a source says of a delivery's signature; `crash` is an exception that is no refusal."""

    accepted: bool
    crash: str = ""
    asked: Sequence[str] = ()


def verdict(source: Source, delivery: Delivery, secrets: Sequence[Secret]) -> Verdict:
    """Asks `source` who sent `delivery`."""
    headers = Asked(delivery.headers)
    asked = Delivery(delivery.source, headers, delivery.body, delivery.url_token, delivery.received_at)
    try:
        source.verify(asked, secrets)
    except BadSignature:  # its way to say no
        return Verdict(False, asked=tuple(headers.names))
    except Exception as error:  # any other exception is a finding, whatever it is
        return Verdict(False, f"{type(error).__name__}: {error}", tuple(headers.names))
    return Verdict(True, asked=tuple(headers.names))


def signed_delivery(source: Source, headers: Mapping[str, str], body: bytes, signed: Signed, at: datetime) -> Delivery:
    """A delivery with what its vendor adds to prove itself."""
    return Delivery(source.name, {**headers, **signed.headers}, body, signed.url_token, at)


def sign_of(source: Source, headers: Mapping[str, str], body: bytes, at: datetime) -> Sign | None:
    """How `source` is signed for; None where it says so nowhere and nothing that vendors do convinces it."""
    own: Proof | None = getattr(source, "proof", None)
    if own is not None:
        return own.sign
    secret, other = Secret(b"a secret to try with"), Secret(b"another secret")
    for proof in _guesses(source, headers, body, at, secret):
        delivery = signed_delivery(source, headers, body, proof.sign(body, secret, "1", at), at)
        if verdict(source, delivery, [secret]).accepted and not verdict(source, delivery, [other]).accepted:
            return proof.sign
    return None


def _guesses(source: Source, headers: Mapping[str, str], body: bytes, at: datetime, secret: Secret) -> Iterator[Proof]:
    yield from (StandardWebhook(), Credential())
    # A source that lacks one header may look no further: give it something under each name that it asks for.
    known: dict[str, str] = dict(headers)
    names: dict[str, None] = {}
    for _ in range(4):
        fresh = verdict(source, Delivery(source.name, known, body, None, at), [secret]).asked
        names.update(dict.fromkeys(fresh))
        known.update((name, "1") for name in fresh)
    for name in names:
        yield Token(name)
        yield from (Hmac(name, prefix, digest) for digest in _DIGESTS for prefix in _PREFIXES)
