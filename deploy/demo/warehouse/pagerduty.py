"""How PagerDuty tells incidents: each deployment to production that failed is one."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from deploy.demo.chance import dice, identifier, skewed
from deploy.demo.company import Person
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Deployment, Release
from deploy.demo.warehouse.company import PAGERDUTY

_STATUSES = {"triggered": "triggered", "acknowledged": "acknowledged", "resolved": "resolved"}


def release_moments(release: Release) -> Iterator[Moment]:
    """An incident is found, taken up, and resolved."""
    last = release.deployments[-1]
    if last.environment != "production" or last.state == "success":
        return
    head = release.carried[-1].change
    throw, pace = dice(head.key, "incident", last.id), head.pace
    found = pace.machine(last.finished_at, 1)
    taken = pace.machine(found, skewed(throw, 3))
    resolved = pace.machine(taken, skewed(throw, 25))
    for at, word in ((found, "triggered"), (taken, "acknowledged"), (resolved, "resolved")):
        key = ("pagerduty", last.repository.full_name, last.id, word)
        render = partial(_incident, last, found, at, word, head.author)
        yield Moment(at, f"incident.{word}", key, render, "pagerduty")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _incident(deployment: Deployment, found: datetime, at: datetime, word: str, by: Person) -> Body:
    id_, service = f"P{deployment.id:X}", deployment.repository.name
    user = f"P{identifier('pagerduty', by.login):X}"
    agent = {"id": user, "summary": by.name, "type": "user_reference", "html_url": f"{PAGERDUTY}/users/{user}"}
    integration = {"id": "PMONITOR", "summary": "Monitoring", "type": "inbound_integration_reference"}
    return {
        "event": {
            "id": f"{id_}-{word}",
            "event_type": f"incident.{word}",
            "resource_type": "incident",
            "occurred_at": _stamp(at),
            "agent": integration if word == "triggered" else agent,
            "client": None,
            "data": {
                "id": id_,
                "type": "incident",
                "html_url": f"{PAGERDUTY}/incidents/{id_}",
                "number": deployment.id % 10_000,
                "status": _STATUSES[word],
                "created_at": _stamp(found),
                "title": f"{service} does not answer after its deployment",
                "service": {
                    "id": "PWAREHOUSE",
                    "summary": service,
                    "type": "service_reference",
                    "html_url": f"{PAGERDUTY}/services/PWAREHOUSE",
                },
                "assignees": [agent],
                "urgency": "high",
            },
        }
    }
