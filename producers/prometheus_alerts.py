"""Alerts as Prometheus' Alertmanager sends them, and Grafana after it: a group of alerts, each an incident. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import orjson

from producers.payload import Payload
from producers.references import tickets_in
from producers.vendor import Told
from schemas.events import IncidentState, IncidentUpdated, Links, Origin

STATES: Mapping[str, IncidentState] = {"firing": "detected", "resolved": "resolved"}

PERSONAL = (
    # Labels and annotations are their author's; these name people by custom.
    *("**.owner", "**.user", "**.username", "**.login", "**.email", "**.author", "**.assignee"),
    "**.groupKey",  # the labels of the group once more, as one text
)

_SERVICES = ("service", "app", "app_kubernetes_io_name", "job")
_ENVIRONMENTS = ("environment", "env")
_TITLES = ("summary", "title", "description", "message")
_NO_TIME = "0001-01-01"


def alert_of(told: Told, group: Payload, alert: Payload) -> IncidentUpdated:
    """An alert of a group: it is told again as long as it fires, and is the same incident until it is resolved.

    A template of one's own may leave out what Alertmanager sends: then the alert is as its group is, and is known by
    its labels; one that is resolved, nobody knows when, is taken for resolved when the delivery came.
    """
    labels = alert.part("labels")
    state, begun_at, ended_at = _state(group, alert), alert.moment("startsAt"), _end(alert)
    at = (ended_at or told.received_at) if state == "resolved" else begun_at
    fingerprint = alert.optional_text("fingerprint") or _fingerprint(labels)
    incident = f"{fingerprint}/{begun_at.isoformat()}"
    title = (_first(alert.optional_part("annotations"), _TITLES) or _first(labels, ("alertname",)) or "")[:10_000]
    # Not the end: a delivery that is repeated without one would be another fact each time.
    frame = told.frame("IncidentUpdated", group.text("externalURL"), _origin(group, labels), incident, state, begun_at)
    return IncidentUpdated(
        **{**frame, "occurred_at": at},
        url=_first(alert, ("panelURL", "generatorURL")) or group.text("externalURL"),
        links=Links(tickets=tickets_in(title)),
        incident=incident,
        state=state,
        title=title,
        environment=_first(labels, _ENVIRONMENTS) or "",
        created_at=begun_at,
        resolved_at=at if state == "resolved" else None,
    )


def _state(group: Payload, alert: Payload) -> IncidentState:
    holder = alert if "status" in alert.value else group
    state = STATES.get(holder.text("status"))
    if state is None:
        raise holder.unfit("status", "firing or resolved")
    return state


def _end(alert: Payload) -> datetime | None:
    """When it was resolved; the first moment of the calendar stands for none."""
    end = alert.optional_text("endsAt")
    return None if end is None or end.startswith(_NO_TIME) else alert.moment("endsAt")


def _fingerprint(labels: Payload) -> str:
    return hashlib.sha256(orjson.dumps(labels.value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _origin(group: Payload, labels: Payload) -> Origin:
    """The service by the label that names it; else what is scraped, else whom the alert is routed to."""
    return Origin(app=_first(labels, _SERVICES) or group.optional_text("receiver"))


def _first(part: Payload | None, names: tuple[str, ...]) -> str | None:
    if part is not None:
        for name in names:
            if part.value.get(name):
                return part.text(name)
    return None
