"""Signatures that somebody else made, with what must be said of them. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from producers.conformance.case import RECEIVED_AT
from producers.conformance.finding import Finding
from producers.conformance.signing import verdict
from producers.signatures import standard_webhook_headers
from producers.source import Source
from schemas.deliveries import Delivery, Secret

STANDARD = "standard-webhooks"
"""The provider of vectors that hold for every source that takes Standard Webhooks."""

_SECONDS = re.compile(r"(?<!\d)\d{10}(?!\d)")


@dataclass(frozen=True, slots=True)
class Vector:
    """A signed request as a provider sent it, or made to deceive: `expect` says which."""

    provider: str
    name: str
    headers: Mapping[str, str]
    body: bytes
    secret: Secret
    expect: Literal["valid", "invalid"]

    @property
    def at(self) -> datetime:
        """The time that is signed, where one is."""
        told = (_SECONDS.search(value) for name, value in self.headers.items() if "sign" in name or "time" in name)
        first = next((match for match in told if match), None)
        return datetime.fromtimestamp(int(first[0]), UTC) if first else RECEIVED_AT

    @property
    def is_weak(self) -> bool:
        """Whether it is signed with SHA-1 alone: a source may refuse that on purpose."""
        signatures = [value for name, value in self.headers.items() if "signature" in name]
        return bool(signatures) and all(value.startswith("sha1=") for value in signatures)


def vectors_hold(source: Source, vectors: Iterable[Vector]) -> list[Finding]:
    """What is wrong with the answers of `source` to the vectors of its own provider, and to those of a standard."""
    findings = []
    standard = _takes_standard_webhooks(source)
    for vector in vectors:
        if vector.provider != source.name and not (vector.provider == STANDARD and standard):
            continue
        delivery = Delivery(source.name, vector.headers, vector.body, None, vector.at)
        accepted = verdict(source, delivery, [vector.secret]).accepted
        if accepted and vector.expect == "invalid":
            said, remedy = "a forged signature of the vendor's test vectors is accepted", "compare the whole signature"
            findings.append(Finding("verification", "fault", said, remedy, (vector.name,)))
        elif not accepted and vector.expect == "valid" and not vector.is_weak:
            said, remedy = "a valid signature of the vendor's test vectors is refused", "read the vendor's scheme again"
            findings.append(Finding("verification", "fault", said, remedy, (vector.name,)))
    return findings


def _takes_standard_webhooks(source: Source) -> bool:
    secret, body = Secret(b"a secret of the kit"), b"{}"
    headers = standard_webhook_headers("1", RECEIVED_AT, body, secret)
    return verdict(source, Delivery(source.name, headers, body, None, RECEIVED_AT), [secret]).accepted
