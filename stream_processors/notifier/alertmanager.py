"""An alert in the form of Alertmanager's API v2 (`POST /api/v2/alerts`). Pure.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from datetime import datetime, timedelta
from typing import Any

from schemas.alerts import Alert
from stream_processors.alerting.wording import Message

PATH = "/api/v2/alerts"
ACTIVE_FOR = timedelta(days=90)
"""How long a firing alert stays active there if nobody resolves it: without an end of ours, five minutes."""


def posted(alert: Alert, message: Message) -> list[dict[str, Any]]:
    """The request's body. The labels are an alert's identity: the same when it fires and when it is resolved."""
    labels = {
        "alertname": alert.rule,
        "severity": alert.severity,
        "metric": alert.metric,
        "part": alert.part,
        "window": alert.window,
        alert.scope.kind: alert.scope.name,
    }
    ends = alert.at if alert.state == "resolved" else alert.at + ACTIVE_FOR
    return [
        {
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {"summary": message.title, "description": message.body, "id": alert.id},
            "startsAt": _moment(min(alert.since, ends)),
            "endsAt": _moment(ends),
            "generatorURL": message.link,
        }
    ]


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
