"""How a vendor proves that a delivery is its own, as values: each checks a delivery, and signs one as the vendor would.

Pure: the time of a signature is an argument.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from producers.signatures import standard_webhook_headers, verify_standard_webhook
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret


@dataclass(frozen=True, slots=True)
class Signed:
    """What a vendor adds to a request to prove itself: headers, and the last part of the address where it is there."""

    headers: dict[str, str]
    url_token: str | None = None


class Proof(Protocol):
    """One way of proving who sent a delivery."""

    @property
    def told(self) -> str:
        """What a person who sets up the hook needs to know: how the delivery is verified, as a clause."""
        ...

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` vouches for the delivery."""
        ...

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """What the vendor would send along with `body`; `id_` and `at` for those that sign these too."""
        ...


@dataclass(frozen=True, slots=True)
class Hmac:
    """A keyed hash of the raw body in a header, in hexadecimal digits after `prefix`.

    `several` is for vendors that send one signature a secret, separated by commas, while secrets are changed: any
    that fits is enough.
    """

    header: str
    prefix: str = ""
    digest: str = "sha256"
    several: bool = False

    @property
    def told(self) -> str:
        """See Proof."""
        return f"the header `{self.header}` is the HMAC-{self.digest.upper()} of the raw body under the secret"

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        given = _header(delivery, self.header)
        digits = hashlib.new(self.digest).digest_size * 2
        form = re.compile(re.escape(self.prefix) + f"([0-9a-fA-F]{{{digits}}})", re.ASCII)
        claims = [form.fullmatch(one.strip()) for one in (given.split(",")[:20] if self.several else [given])]
        found = [match[1].lower() for match in claims if match]
        if not found:
            raise BadSignature(
                f"the header {self.header} is malformed; it must be {self.prefix} and {digits} hexadecimal digits"
            )
        if not any_equal([self._hex(delivery.body, secret) for secret in secrets], found):
            raise _unfit(self.header)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        return Signed({self.header.lower(): self.prefix + self._hex(body, secret)})

    def _hex(self, body: bytes, secret: Secret) -> str:
        return hmac.digest(secret, body, self.digest).hex()


@dataclass(frozen=True, slots=True)
class Token:
    """The secret itself in a header of the vendor's own."""

    header: str

    @property
    def told(self) -> str:
        """See Proof."""
        return f"the header `{self.header}` is the secret"

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        given = _header(delivery, self.header)
        if not any_equal([bytes(secret) for secret in secrets], [given.strip().encode(errors="surrogatepass")]):
            raise _unfit(self.header)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        return Signed({self.header.lower(): secret.decode()})


@dataclass(frozen=True, slots=True)
class Credential:
    """For vendors that sign nothing: the secret as bearer token, as password of HTTP Basic (whoever the user is), as
    the whole Authorization header, or as the last part of the address."""

    @property
    def told(self) -> str:
        """See Proof."""
        return (
            "the vendor signs nothing, so the secret comes as `Authorization: Bearer SECRET`, as the password of HTTP "
            "Basic, or as the last part of the address"
        )

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        given = [one.encode(errors="surrogatepass") for one in _credentials(delivery)]
        if not given:
            raise BadSignature(
                "no secret came with it; send it as `Authorization: Bearer …` or as the last part of the address"
            )
        if not any_equal([bytes(secret) for secret in secrets], given):
            raise BadSignature("what came with it is not one of the secrets that are configured here")

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        return Signed({"authorization": f"Bearer {secret.decode()}"})


@dataclass(frozen=True, slots=True)
class StandardWebhook:
    """Id, timestamp and body signed together, not older than 5 minutes. https://www.standardwebhooks.com"""

    @property
    def told(self) -> str:
        """See Proof."""
        return (
            "`webhook-signature` signs id, timestamp and raw body as Standard Webhooks says, at most 5 minutes "
            "before it arrives"
        )

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        verify_standard_webhook(delivery, secrets)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        return Signed(standard_webhook_headers(id_, at, body, secret))


@dataclass(frozen=True, slots=True)
class FirstPresent:
    """Several ways, the first of which the delivery's headers speak is the one that counts; the last if none is.

    `ways` are pairs of a header's name and the proof that is meant where that header is there.
    """

    ways: tuple[tuple[str, Proof], ...]

    @property
    def told(self) -> str:
        """See Proof."""
        return "; or ".join(proof.told for _, proof in self.ways)

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        spoken = [proof for header, proof in self.ways if header.lower() in delivery.headers]
        (spoken or [self.ways[-1][1]])[0].verify(delivery, secrets)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """As the first way does."""
        return self.ways[0][1].sign(body, secret, id_, at)


def any_equal(wanted: Iterable[str | bytes], given: Iterable[str | bytes]) -> bool:
    """Whether one of `given` is one of `wanted`. All are compared, so that the time tells nothing of which matched."""
    tries = list(given)
    matches = [hmac.compare_digest(_bytes(one), _bytes(claim)) for one in wanted if one for claim in tries]
    return any(matches)


def _bytes(value: str | bytes) -> bytes:
    return value.encode(errors="surrogatepass") if isinstance(value, str) else value


def _header(delivery: Delivery, name: str) -> str:
    given = delivery.headers.get(name.lower())
    if given is None:
        raise BadSignature(f"the header {name} is missing; set the hook's secret to the one that is configured here")
    return given.strip()


def _unfit(header: str) -> BadSignature:
    return BadSignature(f"the header {header} does not fit; is the hook's secret the one configured here?")


def _credentials(delivery: Delivery) -> list[str]:
    """What may be the secret: nothing else is read of a request."""
    authorization = delivery.headers.get("authorization", "").strip()
    scheme, _, rest = authorization.partition(" ")
    found = [authorization, delivery.url_token or ""]
    if scheme.lower() == "bearer":
        found.append(rest.strip())
    elif scheme.lower() == "basic":
        try:
            found.append(base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2])
        except ValueError:  # not base64, or not UTF-8: then it is no credential of ours
            found.append("")
    return [one for one in found if one]
