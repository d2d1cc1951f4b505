"""Sentry's integration platform. https://docs.sentry.io/organization/integrations/integration-platform/webhooks/"""

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.sources.sentry import alerts, issues
from producers.vendor import Vendor, because

_USERS = ("actor", "assignee", "assignedTo", "created_by", "user", "owner", "author")
_NAMES = ("id", "name", "email", "username", "display_name", "ip_address")

SOURCE = Vendor(
    name="sentry",
    title="Sentry",
    page="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    setup="""\
Settings, Custom Integrations, Create New Integration, Internal Integration. Webhook URL: {url}. Alert Rule Action: on.
Permissions: Issue & Event: Read. Webhooks: issue, so that what is resolved is told; each issue counts as an incident.
The Client Secret is Sentry's: put it into `sources.sentry` in pipegauge.yaml.
Alerts, of a rule that makes an incident: Send a notification via this integration.""",
    naming=EventHeader("Sentry-Hook-Resource"),
    proof=Hmac("Sentry-Hook-Signature"),
    mappings={"issue": issues.issue, "event_alert": alerts.event_alert, "metric_alert": alerts.metric_alert},
    ignored=because(
        {
            "life of the integration": {"installation"},
            "its issue says it better": {"error"},
            "talk and proposals change no state": {"comment", "seer"},
            "the size of an app is no artifact": {"preprod_artifact"},
        }
    ),
    personal=(
        *(f"**.{user}.{name}" for user in _USERS for name in _NAMES),
        *("**.email", "**.username", "**.ip_address", "**.display_name"),
        # An event's tags name its user, among others; the headers are of the request that failed.
        *("**.tags", "**.headers", "**.cookies", "**.query_string"),
    ),
)
