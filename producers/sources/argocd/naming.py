"""Which object a notification tells of. Pure."""

from dataclasses import dataclass
from typing import Any, ClassVar

from producers.source import Unmappable
from schemas.deliveries import Headers


@dataclass(frozen=True, slots=True)
class HeldObject:
    """The event is named by the first of `names` that the body has: the object is under that name."""

    names: tuple[str, ...]
    in_body: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """See Naming."""
        return self.names[0]

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        if not isinstance(document, dict):
            raise Unmappable("the document is not an object")
        found = next((name for name in self.names if name in document), None)
        if found is None:
            raise Unmappable(f"none of the fields {', '.join(self.names)} is there", self.place)
        return found

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return {}, {event: {}}
