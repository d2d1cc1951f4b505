"""How PagerDuty names its deliveries. Pure."""

from dataclasses import dataclass
from typing import Any, ClassVar

from producers.naming import EventField
from schemas.deliveries import Headers

MESSAGES = "messages"
"""A delivery of v2: several messages in one, each with an event of its own."""

_EVENT = EventField("event.event_type")


@dataclass(frozen=True, slots=True)
class EventOrMessages:
    """The type of the event in v3; v2 sends a list of messages and no name."""

    in_body: ClassVar[bool] = True
    place: ClassVar[str] = _EVENT.field

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        if isinstance(document, dict) and MESSAGES in document:
            return MESSAGES
        return _EVENT.read(headers, document)

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return ({}, {MESSAGES: []}) if event == MESSAGES else _EVENT.request(event)
