"""Incidents as v2 tells them: several messages in one delivery. Pure."""

from collections.abc import Mapping

from producers.payload import Payload
from producers.sources.pagerduty.incidents import updated
from producers.vendor import Told
from schemas.events import Event, IncidentState

_STATES: Mapping[str, IncidentState] = {
    "incident.trigger": "detected",
    "incident.acknowledge": "acknowledged",
    "incident.unacknowledge": "detected",
    "incident.resolve": "resolved",
}
# Who works on it, and notes: they change no state.
_IGNORED = frozenset({"incident.assign", "incident.escalate", "incident.delegate", "incident.annotate"})


def messages(told: Told) -> list[Event]:
    """The incidents that reached another state."""
    return [event for message in told.payload.parts("messages") for event in _message(told, message)]


def _message(told: Told, message: Payload) -> list[Event]:
    word = message.text("event")
    if word in _IGNORED:
        return []
    state = _STATES.get(word)
    if state is None:
        raise message.unfit("event", "an event that we know")
    found = message.part("incident")
    entry = next(message.parts("log_entries"), None)
    agent = (entry.optional_part("agent") if entry else None) or found.optional_part("last_status_change_by")
    return [updated(told, found, word, state, message.moment("created_on"), agent)]
