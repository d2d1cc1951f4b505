"""What all payloads of Sentry share: the installation that they come from, who did it, and when. Pure."""

import re
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.references import tickets_in
from producers.vendor import Told
from schemas.events import Actor, IncidentUpdated, Links, Origin

_SENT_AT = "sentry-hook-timestamp"
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def sent_at(told: Told) -> datetime:
    """When Sentry sent it, for what bears no time of its own; when it came if Sentry does not say."""
    text = told.headers.get(_SENT_AT, "")
    return Payload({_SENT_AT: int(text)}).moment(_SENT_AT) if _SECONDS.fullmatch(text) else told.received_at


def incident(
    told: Told, id_: str, project: str, at: datetime, title: str, known_at: datetime | None = None, **told_of_it: Any
) -> IncidentUpdated:
    """An incident after the payload's action, which happened at `at`.

    `known_at` is a time in the payload that is the same in each delivery, where `at` is that of the sending.
    """
    uuid = told.payload.part("installation").id("uuid")
    origin, word = Origin(project=project), told.payload.text("action")
    object_id = f"{told.event}/{id_}/{project}"
    frame = told.frame("IncidentUpdated", f"urn:sentry:{uuid}", origin, object_id, word, known_at or at)
    return IncidentUpdated(
        **{**frame, "occurred_at": at},
        actor=_actor(told.payload.optional_part("actor")),
        incident=id_,
        title=title,
        **{"links": Links(tickets=tickets_in(title)), **told_of_it},
    )


def _actor(actor: Payload | None) -> Actor | None:
    """Who did it. By name, which is hashed: the id of a person is a bare number."""
    if actor is None:
        return None
    id_ = actor.optional_text("name") or actor.id("id")
    return Actor(id=id_, kind="human" if actor.optional_text("type") == "user" else "bot")
