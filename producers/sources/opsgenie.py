"""Opsgenie's webhook integration, which Jira Service Management sends too.

https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/
"""

from collections.abc import Mapping
from datetime import datetime

from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Credential
from producers.references import tickets_in
from producers.vendor import Told, Vendor, because
from schemas.events import Actor, Event, IncidentState, IncidentUpdated, Links, Origin

_STATES: Mapping[str, IncidentState] = {
    "Create": "detected",
    "Acknowledge": "acknowledged",
    "UnAcknowledge": "detected",
    "Close": "resolved",
    "Delete": "resolved",
}
_ALERTS = "https://app.opsgenie.com/alert"  # whatever the account: the id of an alert is one of its own everywhere
_LEAST_NANOSECONDS = 10**16  # as milliseconds, this is in the year 318857


def _alert(told: Told) -> list[Event]:
    """An alert after an action. One that was deleted is over, but nobody restored anything at that moment."""
    alert, state = told.payload.part("alert"), _STATES[told.event]
    id_, title, created_at = alert.id("alertId"), alert.optional_text("message") or "", _moment(alert, "createdAt")
    at = created_at if told.event == "Create" else _moment(alert, "updatedAt")
    # No event names a service: the entity is what the alert is about, else the integration is for somebody.
    origin = Origin(app=alert.optional_text("entity") or told.payload.optional_text("integrationName"))
    return [
        IncidentUpdated(
            **told.frame("IncidentUpdated", _ALERTS, origin, id_, told.event, at),
            actor=_actor(alert),
            links=Links(tickets=tickets_in(title)),
            incident=id_,
            state=state,
            title=title,
            created_at=created_at,
            resolved_at=at if told.event == "Close" else None,
        )
    ]


def _moment(alert: Payload, name: str) -> datetime:
    """A time in nanoseconds, as `updatedAt` is, or in milliseconds, as `createdAt` is."""
    number = alert.number(name)
    in_milliseconds = number // 10**6 if number >= _LEAST_NANOSECONDS else number
    return Payload({name: in_milliseconds}, alert.path).milliseconds(name)


def _actor(alert: Payload) -> Actor | None:
    """Who did it; what an integration or a policy does has a name, but no account."""
    name = alert.optional_text("username")
    return Actor(id=name, kind="human" if alert.optional_text("userId") else "bot") if name else None


SOURCE = Vendor(
    name="opsgenie",
    title="Opsgenie",
    page="https://support.atlassian.com/opsgenie/docs/integrate-opsgenie-with-webhook/",
    setup="""\
Settings, Integrations, Add integration, Webhook. Webhook URL: {url}.
Custom header: Authorization, Bearer and the secret of `sources.opsgenie` in pipegauge.yaml.
Alert actions: created, acknowledged, unacknowledged, closed, deleted; no custom actions.
An alert's entity says whose it is; without one, the integration's name does.""",
    naming=EventField("action"),
    proof=Credential(),
    mappings=dict.fromkeys(_STATES, _alert),
    ignored=because(
        {
            "who works on it changes no state": {
                *("AssignOwnership", "TakeOwnership", "AddTeam", "AddRecipient", "Escalate", "EscalateNext", "Seen"),
            },
            "notes and tags change no state": {"AddNote", "AddTags", "RemoveTags"},
            "a custom action changes no state": {"TestAction"},  # the documentation's: others have names of their own
        }
    ),
    personal=(
        *("**.username", "**.userId", "**.user", "**.owner", "**.recipient", "**.recipients", "**.email"),
        *("**.accountId", "**.displayName", "**.fullName"),
        "**.alert.source",  # the address of who made it, where a person did
        "**.escalationNotify.name",
    ),
)
