"""Incidents as v3 tells them, and what v2 shares. Pure."""

from collections.abc import Mapping
from datetime import datetime

from producers.payload import Payload
from producers.references import tickets_in
from producers.vendor import Told
from schemas.events import Actor, Event, IncidentState, IncidentUpdated, Links, Origin

STATES: Mapping[str, IncidentState | None] = {
    "incident.triggered": "detected",
    "incident.acknowledged": "acknowledged",
    "incident.unacknowledged": "detected",
    "incident.resolved": "resolved",
    "incident.reopened": "detected",
    # It is another service's now, in the state that it has.
    "incident.service_updated": None,
}
_STATUSES: Mapping[str, IncidentState] = {
    "triggered": "detected",
    "acknowledged": "acknowledged",
    "resolved": "resolved",
}


def incident(told: Told) -> list[Event]:
    """An incident reached another state, or another service."""
    event = told.payload.part("event")
    found, at = event.part("data"), event.moment("occurred_at")
    state = STATES[told.event] or _status(found)
    return [updated(told, found, told.event, state, at, event.optional_part("agent"))]


def updated(
    told: Told, found: Payload, word: str, state: IncidentState, at: datetime, agent: Payload | None
) -> IncidentUpdated:
    """An incident in `state` since `at`, after what PagerDuty calls `word`."""
    service, title = found.part("service"), found.optional_text("title") or ""
    id_ = found.id("id")
    return IncidentUpdated(
        **told.frame("IncidentUpdated", service.text("html_url"), Origin(app=_name(service)), id_, word, at),
        actor=_actor(agent),
        url=found.optional_text("html_url"),
        links=Links(tickets=tickets_in(title)),
        incident=id_,
        state=state,
        title=title,
        # Payloads before 2022 do not tell when it began.
        created_at=found.optional_moment("created_at") or (at if word.startswith("incident.trigger") else None),
        resolved_at=at if state == "resolved" else None,
    )


def _status(found: Payload) -> IncidentState:
    state = _STATUSES.get(found.text("status"))
    if state is None:
        raise found.unfit("status", "a status that we know")
    return state


def _name(service: Payload) -> str:
    return service.optional_text("summary") or service.optional_text("name") or service.id("id")


def _actor(agent: Payload | None) -> Actor | None:
    """Who did it: a person, or a service or integration by itself."""
    if agent is None:
        return None
    human = (agent.optional_text("type") or "").startswith("user")
    return Actor(id=agent.id("id"), kind="human" if human else "bot")
