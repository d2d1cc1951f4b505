"""How JFrog proves itself: by the secret, or by the hash of the body under it, in one and the same header. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from producers.proof import Hmac, Signed, Token
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret


@dataclass(frozen=True, slots=True)
class SecretOrHash:
    """A header that is the secret itself, or, where payloads are signed, the HMAC-SHA256 of the raw body."""

    header: str

    @property
    def told(self) -> str:
        """See Proof."""
        return f"the header `{self.header}` is the secret, or the HMAC-SHA256 of the raw body under it"

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        """See Proof."""
        known = list(secrets)
        try:
            Hmac(self.header).verify(delivery, known)
        except BadSignature:  # no hash that fits: then it has to be the secret
            Token(self.header).verify(delivery, known)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        """As with signed payloads."""
        return Hmac(self.header).sign(body, secret, id_, at)
