"""Grafana's alerting. https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/"""

from producers.naming import EventField
from producers.payload import Payload
from producers.prometheus_alerts import PERSONAL, STATES, alert_of
from producers.proof import Credential, FirstPresent, Hmac
from producers.vendor import Told, Vendor
from schemas.events import Event

_PAGE = (
    "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/"
    "webhook-notifier/"
)
_SIGNATURE = "X-Grafana-Alerting-Signature"


def _alerts(told: Told) -> list[Event]:
    alerts = told.payload.parts("alerts")
    return [alert_of(told, told.payload, alert) for alert in alerts if not _is_test(alert)]


def _is_test(alert: Payload) -> bool:
    """Whether somebody tried out the contact point."""
    labels = alert.part("labels").value
    return (labels.get("alertname"), labels.get("instance")) == ("TestAlert", "Grafana")


SOURCE = Vendor(
    name="grafana",
    title="Grafana Alerting",
    page=_PAGE,
    setup="""\
Alerting, Contact points, Add contact point, Integration: Webhook. URL: {url}.
HMAC Signature (Grafana 12): the secret of `sources.grafana` in pipegauge.yaml; leave header and timestamp header empty.
Before Grafana 12: Authorization Header, Scheme Bearer, Credentials: the secret.
Send to it what makes an incident; the label `service` of a rule says whose it is.""",
    naming=EventField("status"),  # of the group: its alerts may be in both states
    proof=FirstPresent(((_SIGNATURE, Hmac(_SIGNATURE)), ("Authorization", Credential()))),
    mappings=dict.fromkeys(STATES, _alerts),
    ignored={},
    personal=PERSONAL,
)
