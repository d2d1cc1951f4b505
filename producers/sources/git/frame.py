"""What all events of a history share. Pure."""

from datetime import datetime
from typing import Any

from producers.payload import Payload
from schemas.events import Origin, event_id


def frame(
    document: Payload, type_: str, object_id: str, state: str, at: datetime, received_at: datetime, mark: str = ""
) -> dict[str, Any]:
    """The fields that every event has. `mark` tells apart what could happen twice within one second."""
    source = document.text("url")
    return {
        "id": event_id(source, type_, object_id, None, f"history/{state}", at.isoformat() + mark),
        "source": source,
        "origin": Origin(repository=document.text("repository")),
        "occurred_at": at,
        "received_at": received_at,
        "history": True,
    }


def page(document: Payload, kind: str, name: str) -> str | None:
    """The page of a commit, change or tag, where the repository has one."""
    url = document.text("url")
    return f"{url}/{kind}/{name}" if url.startswith("https://") else None
