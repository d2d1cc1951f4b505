"""How Echo names an event. Pure."""

from dataclasses import dataclass
from typing import Any, ClassVar

from producers.naming import EventField
from schemas.deliveries import Headers

_ORCA = "orca:"


@dataclass(frozen=True, slots=True)
class OrcaType:
    """`orca:pipeline:complete` is `pipeline.complete`; the types of triggers, in either case, are their own names."""

    field: EventField
    in_body: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """See Naming."""
        return self.field.place

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        return self.field.read(headers, document).lower().removeprefix(_ORCA).replace(":", ".")

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return self.field.request(f"{_ORCA}{event.replace('.', ':')}" if "." in event else event)
