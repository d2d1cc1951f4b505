"""Canonical events as their sender makes them, posted to /events: one, or {"events": [one, …]}. Pure.

The fields are those of `schemas.events`. What is not said: `source` is that of this module, `attempt` 1, and the id is
made from what tells the fact from others. A sender's own `id` counts together with its `source`, as in CloudEvents: the
same of both is the same event, however often it comes.
"""

from datetime import datetime
from functools import reduce
from typing import Any, cast

import orjson
from pydantic import ValidationError

from producers.naming import OnlyEvent
from producers.payload import Payload
from producers.proof import Credential, FirstPresent, StandardWebhook
from producers.source import EVENTS, Unmappable
from producers.vendor import Told, Vendor, unfit_value
from schemas.event_fields import event_types, keys_of
from schemas.events import Event, EventBase, event_id
from schemas.model import identity

URN = f"urn:pipegauge:{EVENTS}"
MOST_EVENTS = 1_000
_NO_ID = "made below"


def events(told: Told) -> list[Event]:
    """The events of a delivery. Raises Unmappable, which names the field that does not fit."""
    several = "events" in told.payload.value
    found = list(told.payload.parts("events")) if several else [told.payload]
    if len(found) > MOST_EVENTS:
        raise told.payload.unfit("events", f"a list of {MOST_EVENTS:,} events at most")
    return [_event(one, told.received_at) for one in found]


def _event(said: Payload, received_at: datetime) -> Event:
    type_ = said.text("type")
    model = event_types().get(type_)
    if model is None:
        raise said.unfit("type", f"one of {', '.join(event_types())}")
    own = said.optional_text("id")
    attempt = {"attempt": 1} if "attempt" in model.model_fields else {}
    values = {"source": URN, **attempt, **said.value, "id": _NO_ID, "received_at": received_at}
    try:
        event = model.model_validate(values)
    except ValidationError as error:  # a field that is missing, unknown, or no such value as the event has
        wrong = unfit_value(error)
        field = f"{said.path}.{wrong.field}" if said.path else wrong.field
        raise Unmappable(f"{type_}: {wrong.reason}", field) from error
    if not any((event.origin.repository, event.origin.project, event.origin.app)):
        raise said.unfit("origin", "the repository, project or app that it comes from")
    id_ = str(identity(event.source, EVENTS, own)) if own else _made_id(event, type_)
    return cast("Event", event.model_copy(update={"id": id_}))


def _made_id(event: EventBase, type_: str) -> str:
    whose = [event.origin.repository, event.origin.project, event.origin.app]
    keys: list[Any] = [reduce(getattr, name.split("."), cast("Any", event)) for name in keys_of(type_)]
    return event_id(event.source, type_, orjson.dumps(whose + keys).decode(), None, "", event.occurred_at.isoformat())


SOURCE = Vendor(
    name=EVENTS,
    title="Canonical events",
    page="https://www.standardwebhooks.com",
    setup="""\
Add `events: {secrets: [...]}` under `sources:` in pipegauge.yaml.
Post JSON to {url}, signed as Standard Webhooks says, or with the secret as `Authorization: Bearer SECRET`.""",
    naming=OnlyEvent("events"),
    proof=FirstPresent((("webhook-signature", StandardWebhook()), ("authorization", Credential()))),
    mappings={"events": events},
    ignored={},
    personal=("**.actor.id", "**.author.id"),
)
