"""Where a vendor says which of its events a delivery is. Pure."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from producers.source import Unmappable
from schemas.deliveries import Headers


class Naming(Protocol):
    """One way of naming an event; `in_body` says whether the body has to be read for it, `place` where the name is:
    a header in lower case, or a path of the body; None where a delivery does not say it."""

    @property
    def in_body(self) -> bool: ...
    @property
    def place(self) -> str | None: ...

    def read(self, headers: Headers, document: object) -> str:
        """The event's name. Raises Unmappable where the delivery does not say it."""
        ...

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Headers and the part of a body with which a delivery says that it is `event`."""
        ...


@dataclass(frozen=True, slots=True)
class EventHeader:
    """In a header, as it stands there."""

    header: str
    in_body: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """See Naming."""
        return self.header.lower()

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        name = headers.get(self.header.lower())
        if not name:
            raise Unmappable(f"the header {self.header} is missing", self.place)
        return name

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return {self.header.lower(): event}, {}


@dataclass(frozen=True, slots=True)
class EventField:
    """In a text of the body, at the dotted path `field`."""

    field: str
    in_body: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """See Naming."""
        return self.field

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        found = document
        if not isinstance(found, dict):
            raise Unmappable("the document is not an object")
        for step in self.field.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, str) or not found:
            raise Unmappable(f"the field {self.field} is missing, or no text", self.field)
        return found

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        *above, last = self.field.split(".")
        body: dict[str, Any] = {last: event}
        for step in reversed(above):
            body = {step: body}
        return {}, body


@dataclass(frozen=True, slots=True)
class OnlyEvent:
    """Nowhere: the vendor sends one kind of delivery."""

    event: str
    in_body: ClassVar[bool] = False
    place: ClassVar[None] = None

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        return self.event

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return {}, {}


@dataclass(frozen=True, slots=True)
class FieldOrHeader:
    """In a text of the body, which a signature covers, where it is there, else in a header."""

    field: EventField
    header: EventHeader
    in_body: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """See Naming."""
        return self.field.place

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        says = isinstance(document, dict) and self.field.field in document
        return self.field.read(headers, document) if says else self.header.read(headers, document)

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return self.header.request(event)[0], self.field.request(event)[1]


@dataclass(frozen=True, slots=True)
class FirstField:
    """In the first of several fields of the body that is there: for tools that send payloads of several shapes."""

    fields: tuple[EventField, ...]
    in_body: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """See Naming."""
        return self.fields[0].place

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        for field in self.fields[:-1]:
            try:
                return field.read(headers, document)
            except Unmappable:  # then it is of another shape
                continue
        return self.fields[-1].read(headers, document)

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return self.fields[0].request(event)


@dataclass(frozen=True, slots=True)
class CloudEventType:
    """The type of a CloudEvent: a header in binary mode, a field of the body in structured mode."""

    in_body: ClassVar[bool] = True
    place: ClassVar[str] = "ce-type"

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        return headers.get(self.place) or EventField("type").read(headers, document)

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return {self.place: event}, {}
