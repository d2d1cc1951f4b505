"""A keyed hash whose function the sender names beside it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from producers.proof import Hmac, Signed
from schemas.deliveries import Delivery, Secret

_DIGESTS = ("sha256", "sha224", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class NamedHmac:
    """`FUNCTION=DIGITS` in a header, the function one of the SHA-2 family; Flux signs with the first."""

    header: str

    @property
    def told(self) -> str:
        """See Proof."""
        return f"the header `{self.header}` is the HMAC of the raw body under the secret, by SHA-256 or a sister of it"

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        named = delivery.headers.get(self.header.lower(), "").strip().partition("=")[0]
        self._hmac(named if named in _DIGESTS else _DIGESTS[0]).verify(delivery, secrets)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """See Proof."""
        return self._hmac(_DIGESTS[0]).sign(body, secret, id_, at)

    def _hmac(self, digest: str) -> Hmac:
        return Hmac(self.header, f"{digest}=", digest)
