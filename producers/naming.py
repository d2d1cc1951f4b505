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
