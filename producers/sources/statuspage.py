"""Statuspage's webhooks. https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Credential
from producers.references import tickets_in
from producers.source import Unmappable
from producers.vendor import Told, Vendor, because
from schemas.deliveries import Headers
from schemas.events import Event, IncidentState, IncidentUpdated, Links, Origin

_INCIDENT = "incident"
_COMPONENT = "component_update"
_STATES: Mapping[str, IncidentState] = {
    "investigating": "detected",
    "identified": "acknowledged",
    "monitoring": "acknowledged",
    "resolved": "resolved",
    "postmortem": "resolved",
}
_MAINTENANCE = frozenset({"scheduled", "in_progress", "verifying", "completed"})


@dataclass(frozen=True, slots=True)
class _PartThatIsThere:
    """By the part that a delivery has: an incident, or the update of a component."""

    in_body: ClassVar[bool] = True
    place: ClassVar[str] = _INCIDENT

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        if not isinstance(document, dict):
            raise Unmappable("the document is not an object")
        for name in (_INCIDENT, _COMPONENT):
            if name in document:
                return name
        raise Unmappable(f"neither {_INCIDENT} nor {_COMPONENT} is there", _INCIDENT)

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return EventField(f"{event}.id").request(event)


def _incident(told: Told) -> list[Event]:
    """An incident after its last update, once for each component; maintenance that was planned is none."""
    found = told.payload.part(_INCIDENT)
    word = found.text("status")
    if word in _MAINTENANCE:
        return []
    state = _STATES.get(word)
    if state is None:
        raise found.unfit("status", "a status that we know")
    page = told.payload.part("page").id("id")
    source = f"urn:statuspage:{page}"
    at, update = _last_update(found)
    names = [component.text("name") for component in found.parts("components")]
    origins = [Origin(app=name) for name in dict.fromkeys(names)] or [Origin(project=page)]
    id_, title = found.id("id"), found.optional_text("name") or ""
    return [
        IncidentUpdated(
            **told.frame("IncidentUpdated", source, origin, f"{id_}/{update}", word, at, mark=f"/{origin.app or ''}"),
            url=found.optional_text("shortlink"),
            links=Links(tickets=tickets_in(title)),
            incident=id_,
            state=state,
            title=title,
            created_at=found.moment("created_at"),
            resolved_at=(found.optional_moment("resolved_at") or at) if state == "resolved" else None,
        )
        for origin in origins
    ]


def _last_update(found: Payload) -> tuple[datetime, str]:
    """When the last update was written, and its id."""
    updates = [(update.moment("created_at"), update.id("id")) for update in found.parts("incident_updates")]
    return max(updates) if updates else (found.moment("updated_at"), "")


SOURCE = Vendor(
    name="statuspage",
    title="Statuspage",
    page="https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/",
    setup="""\
Subscribers, Options, Settings: Webhook. Then, on the page itself: Subscribe to updates, the tab for webhooks.
URL: {url}, with / and the secret of `sources.statuspage` in pipegauge.yaml appended.
A component has the name of the service that it stands for.""",
    naming=_PartThatIsThere(),
    proof=Credential(),
    mappings={_INCIDENT: _incident},
    ignored=because({"an incident says it better, and tells one outage from the next": {_COMPONENT}}),
    # Whoever has this address can end the subscription, and it tells whose it is.
    personal=("**.unsubscribe", "**.email"),
)
