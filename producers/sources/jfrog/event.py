"""How JFrog names an event: its domain, which some domains call destination, and its type. Pure."""

from dataclasses import dataclass
from typing import Any, ClassVar

from producers.naming import EventField
from producers.source import Unmappable
from schemas.deliveries import Headers


@dataclass(frozen=True, slots=True)
class DomainAndType:
    """`DOMAIN.TYPE`, the domain from the first of its fields that is there."""

    domain: tuple[EventField, EventField]
    type_: EventField
    in_body: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """See Naming."""
        return self.type_.field

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        try:
            domain = self.domain[0].read(headers, document)
        except Unmappable:  # then it is in the other field, or nowhere
            domain = self.domain[1].read(headers, document)
        return f"{domain}.{self.type_.read(headers, document)}"

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        domain, _, type_ = event.partition(".")
        return {}, {self.domain[0].field: domain, self.type_.field: type_}
