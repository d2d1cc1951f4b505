"""Alerts, by an event of an issue or by a metric. Pure."""

import re
from collections.abc import Mapping

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.sentry.context import incident, sent_at
from producers.vendor import Told
from schemas.events import Event, IncidentState, Links

_PROJECT = re.compile(r"/projects/[^/]+/([^/]+)/")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_STATES: Mapping[str, IncidentState] = {"critical": "detected", "warning": "detected", "resolved": "resolved"}


def event_alert(told: Told) -> list[Event]:
    """An event met the conditions of a rule: its issue, which is resolved as an issue, is an incident."""
    event = told.payload.part("data").part("event")
    release, title = event.optional_text("release") or "", event.optional_text("title") or ""
    sha = release if _COMMIT.fullmatch(release) else None
    return [
        incident(
            told,
            event.id("issue_id"),
            _project(event),
            event.moment("datetime"),
            title,
            url=event.optional_text("web_url"),
            links=Links(tickets=tickets_in(title), sha=sha),
            state="detected",
            environment=event.optional_text("environment") or "",
            artifact=release,
        )
    ]


def metric_alert(told: Told) -> list[Event]:
    """A metric crossed a threshold, or came back; an incident of each project that is watched."""
    state = _STATES.get(told.payload.text("action"))
    if state is None:
        raise told.payload.unfit("action", "an action that we know")
    data = told.payload.part("data")
    alert = data.part("metric_alert")
    rule, begun_at, closed_at = alert.part("alert_rule"), alert.moment("date_started"), None
    if state == "resolved":
        closed_at = alert.optional_moment("date_closed") or sent_at(told)
    at = closed_at or alert.optional_moment("date_detected") or begun_at
    title, projects = rule.optional_text("name") or alert.optional_text("title") or "", alert.texts("projects")
    if not projects:
        raise alert.unfit("projects", "a list of at least one name")
    return [
        incident(
            told,
            f"{told.event}/{alert.id('id')}",
            project,
            at,
            title,
            known_at=begun_at,
            url=data.optional_text("web_url"),
            state=state,
            environment=rule.optional_text("environment") or "",
            created_at=begun_at,
            resolved_at=closed_at,
        )
        for project in dict.fromkeys(projects)
    ]


def _project(event: Payload) -> str:
    """The project by its name, which only the address of the event tells; else by its number."""
    match = _PROJECT.search(event.optional_text("url") or "")
    return match[1] if match else event.id("project")
