"""Prometheus' Alertmanager. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config"""

from producers.naming import EventField
from producers.prometheus_alerts import PERSONAL, STATES, alert_of
from producers.proof import Credential
from producers.vendor import Told, Vendor
from schemas.events import Event


def _alerts(told: Told) -> list[Event]:
    return [alert_of(told, told.payload, alert) for alert in told.payload.parts("alerts")]


SOURCE = Vendor(
    name="alertmanager",
    title="Prometheus Alertmanager",
    page="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
    setup="""\
In alertmanager.yml, a receiver with `webhook_configs`: `url: {url}`, `send_resolved: true`.
Its `http_config.authorization.credentials`: the secret of `sources.alertmanager` in pipegauge.yaml.
Route to it what makes an incident, such as severity critical; the label `service` says whose it is.""",
    naming=EventField("status"),  # of the group: its alerts may be in both states
    proof=Credential(),
    mappings=dict.fromkeys(STATES, _alerts),
    ignored={},
    personal=PERSONAL,
)
