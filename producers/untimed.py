"""The frame of an event whose provider tells no time of it. Pure."""

from datetime import datetime
from typing import Any

from schemas.events import Origin, event_id


def untimed(
    type_: str, source: str, origin: Origin, object_id: str, state: str, received_at: datetime, mark: str = ""
) -> dict[str, Any]:
    """The fields that every event has: it happened when it arrived, and its id knows nothing of that.

    `mark` tells apart what could come to the same state twice.
    """
    return {
        "id": event_id(source, type_, object_id, None, state, mark),
        "source": source,
        "origin": origin,
        "occurred_at": received_at,
        "received_at": received_at,
    }
