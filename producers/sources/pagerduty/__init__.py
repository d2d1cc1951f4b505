"""PagerDuty's webhooks, v3 and v2. https://developer.pagerduty.com/docs/webhooks-overview"""

from collections.abc import Callable, Mapping

from producers.proof import Credential, FirstPresent, Hmac
from producers.sources.pagerduty import incidents, messages
from producers.sources.pagerduty.naming import MESSAGES, EventOrMessages
from producers.vendor import Told, Vendor, because
from schemas.events import Event

_MAPPINGS: Mapping[str, Callable[[Told], list[Event]]] = {
    **dict.fromkeys(incidents.STATES, incidents.incident),
    MESSAGES: messages.messages,
}
_WHO_WORKS_ON_IT_AND_HOW_URGENT_IT_IS = {
    *("incident.delegated", "incident.escalated", "incident.reassigned", "incident.responder.added"),
    *("incident.responder.replied", "incident.role.assigned", "incident.priority_updated"),
    *("incident.incident_type.changed", "incident.custom_field_values.updated"),
}
_TALK_AND_TASKS_THAT_CHANGE_NO_STATE = {
    *("incident.annotated", "incident.status_update_published", "incident.conference_bridge.updated"),
    *("incident.task.created", "incident.task.updated", "incident.task.completed"),
    *("incident.workflow.started", "incident.workflow.completed", "incident.action_invocation.created"),
    *("incident.action_invocation.updated", "incident.action_invocation.terminated"),
}
_SETTINGS = {"service.created", "service.updated", "service.deleted", "service.custom_field_values.updated"}

# Users, by the parts that they play. Whether a reference is to a user says its type only, which stays.
_ROLES = (
    *("agent", "assignee", "assignees", "old_assignee", "acknowledger", "user", "users", "requester", "responder"),
    *("last_status_change_by", "assigned_to", "assigned_to_user", "resolved_by_user"),
)
_NAMES = ("id", "summary", "name", "email", "self", "*url")

SOURCE = Vendor(
    name="pagerduty",
    title="PagerDuty",
    page="https://developer.pagerduty.com/docs/webhooks-overview",
    setup="""\
Integrations, Generic Webhooks (v3), New Webhook.
Webhook URL: {url}. Scope: the services whose incidents count. Events: all incident events.
The secret is PagerDuty's, shown once: put it into `sources.pagerduty` in pipegauge.yaml.
A v2 webhook signs nothing: append / and the secret to the URL.""",
    naming=EventOrMessages(),
    proof=FirstPresent(
        (
            ("X-PagerDuty-Signature", Hmac("X-PagerDuty-Signature", "v1=", several=True)),
            ("Authorization", Credential()),
        )
    ),
    mappings=_MAPPINGS,
    ignored=because(
        {
            "life of the webhook": {"pagey.ping"},
            "who works on it and how urgent it is changes no state": _WHO_WORKS_ON_IT_AND_HOW_URGENT_IT_IS,
            "talk and tasks change no state": _TALK_AND_TASKS_THAT_CHANGE_NO_STATE,
            "settings": _SETTINGS,
        }
    ),
    personal=tuple(f"**.{role}.{name}" for role in _ROLES for name in _NAMES),
)
