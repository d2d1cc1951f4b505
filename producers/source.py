"""The contract of a source: everything pipegauge knows of one vendor stands behind it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.config import SourceSettings
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event

EVENTS = "events"
"""The source of canonical events, which has an address of its own."""


class Refused(Exception):
    """The sender's fault: answered with `status` as problem+json, counted, nothing published."""

    status = 400
    title = "Bad request"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotJson(Refused):
    """The body is not JSON: bad UTF-8, NaN, deeper than 64 levels, or no JSON at all."""

    title = "Not JSON"


class BadSignature(Refused):
    """The signature is missing, malformed or wrong."""

    status = 401
    title = "Signature refused"


class UnknownSource(Refused):
    """No source of that name is configured."""

    status = 404
    title = "Unknown source"


class Unmappable(Exception):
    """Our ignorance: authentic JSON that no mapping fits. It becomes a dead letter with this reason and field."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def unknown_event(source: str, name: str, field: str | None = None) -> Unmappable:
    """What to raise for an event that the vendor has and `source` does not know: somebody is to decide about it."""
    return Unmappable(f"the event {name[:100]!r} of {source} is unknown: not in handles, not in ignores", field)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body as its source reads it. `payload` is what `event_name` is given, `stored` what is kept of it."""

    document: object
    payload: bytes
    stored: bytes
    content_type: str


class Source(Protocol):
    """One vendor.

    `handles` are the vendor events turned into ours, `ignores` those dropped on purpose; an event in neither is
    unmappable. `personal` are the JSON paths whose values are hashed before anything is
    published or spooled: `**.key` anywhere, `**.parent.key` or `**.parent.*ending`, or `**.(member).*ending`, the keys
    with that ending of every object that has `member`.
    """

    @property
    def name(self) -> str: ...
    @property
    def handles(self) -> frozenset[str]: ...
    @property
    def ignores(self) -> frozenset[str]: ...
    @property
    def personal(self) -> tuple[str, ...]: ...

    def event_name(self, headers: Headers, body: bytes) -> str:
        """The vendor's name of the event. Raises Unmappable if the delivery does not say."""
        ...

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` signed the raw body."""
        ...

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of `delivery.document`; none where it says nothing that we keep. Raises Unmappable."""
        ...


class Report(ABC):
    """A source whose bodies are not JSON but reports: posted to /reports/{name}, what they are about in the headers."""

    @abstractmethod
    def parse(self, body: bytes) -> Parsed:
        """The body, with what is personal left out of all but `payload`. Raises Refused for what is no such report."""

    @abstractmethod
    def context(self, headers: Headers) -> bytes:
        """What a delivery is beside its body: two equal bodies in two contexts are two deliveries."""


class Reducing(ABC):
    """A source that keeps only a part of what it is sent: the rest is neither published nor spooled."""

    @abstractmethod
    def reduced(self, document: object) -> object:
        """What is kept of a document: it gives the same events, and is left as it is when reduced again."""


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A source that may be posted to, with its secrets resolved."""

    source: Source
    settings: SourceSettings
    secrets: Sequence[Secret]

    @property
    def path(self) -> str:
        """Where it is posted to."""
        return path_of(self.source)


def path_of(source: Source) -> str:
    """The path of a source's address."""
    if source.name == EVENTS:
        return f"/{EVENTS}"
    return f"/{'reports' if isinstance(source, Report) else 'hooks'}/{source.name}"
