"""AppVeyor's webhook notifications with their default payload. https://www.appveyor.com/docs/notifications/#webhooks"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from producers.addresses import commit_in
from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Credential
from producers.references import subject_of, tickets_in
from producers.vendor import Told, Vendor
from schemas.events import Event, Links, Origin, Outcome, RunUpdated, TaskUpdated

_ONLY_ATTEMPT = 1  # a build of which jobs are run again keeps its id, and its attempts are not counted
_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "completed": "success",
    "failed": "failure",
    "cancelled": "cancelled",
}
_TIME = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)|(?P<um>\d\d?)/(?P<ud>\d\d?)/(?P<uy>\d{4})) "
    r"(?P<hour>1[0-2]|0?[1-9]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))? (?P<half>[AP])M",
    re.ASCII,
)
_DURATION = re.compile(r"(?:(\d{1,4})\.)?(\d\d):(\d\d):(\d\d(?:\.\d{1,7})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _End:
    """How a build or job ended, and when."""

    outcome: Outcome
    started_at: datetime | None
    finished_at: datetime


def build(told: Told) -> list[Event]:
    """A build that has ended, and its jobs; beginnings are not told."""
    found = told.payload.part("eventData")
    run, end = found.id("buildId"), _end(found)
    change = found.id("pullRequestId") if found.flag("isPullRequest") else None
    branch = None if change else found.optional_text("branch")  # a change's is the one it goes to
    tickets = tickets_in(branch, subject_of(found.optional_text("commitMessage") or ""))
    links = Links(tickets=tickets, sha=commit_in(found.optional_text("commitId") or ""), change=change, run=run)
    shared: dict[str, Any] = {
        "run": run,
        "attempt": _ONLY_ATTEMPT,
        "url": found.optional_text("buildUrl"),
        "links": links,
    }
    name = found.text("projectName")
    events: list[Event] = [
        RunUpdated(**_frame(told, "RunUpdated", run, end), **shared, pipeline=name, branch=branch, **_fields(end))
    ]
    for job in found.parts("jobs"):
        ended, id_ = _end(job), job.id("id")
        frame = _frame(told, "TaskUpdated", f"{run}/{id_}", ended)
        task = TaskUpdated(**frame, **shared, task=id_, name=job.optional_text("name") or name, **_fields(ended))
        events.append(task)
    return events


def _frame(told: Told, type_: str, id_: str, end: _End) -> dict[str, Any]:
    """The fields that every event has; the project's page is what they come from."""
    found = told.payload.part("eventData")
    origin = Origin(repository=found.optional_text("repositoryName"), project=found.text("projectName"))
    page = found.text("buildUrl").rpartition("/build/")[0] or found.text("buildUrl")
    return told.frame(type_, page, origin, id_, end.outcome, end.finished_at)


def _fields(end: _End) -> dict[str, Any]:
    return {
        "state": "finished",
        "outcome": end.outcome,
        "started_at": end.started_at,
        "finished_at": end.finished_at,
    }


def _end(found: Payload) -> _End:
    outcome = _OUTCOMES.get(found.text("status").lower())
    if outcome is None:
        raise found.unfit("status", "a status that ends a build")
    started_at = _moment(found, "started") if found.optional_text("started") else None
    duration = _DURATION.fullmatch(found.optional_text("duration") or "")
    if started_at is None or duration is None:
        return _End(outcome, started_at, _moment(found, "finished"))
    # Times are told in whole minutes, durations are not.
    days, hours, minutes, seconds = duration.groups()
    lasted = timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return _End(outcome, started_at, started_at + lasted)


def _moment(found: Payload, name: str) -> datetime:
    """A time as 2026-03-02 7:57 PM or 3/2/2026 7:57 PM, in UTC: so the documented payload's messages show, whose times
    have an offset."""
    match = _TIME.fullmatch(found.text(name))
    try:
        if match is not None:
            year, month, day = (int(match[a] or match[b]) for a, b in (("y", "uy"), ("m", "um"), ("d", "ud")))
            hour = int(match["hour"]) % 12 + (12 if match["half"] == "P" else 0)
            return datetime(year, month, day, hour, int(match["minute"]), int(match["second"] or 0), tzinfo=UTC)
    except ValueError:  # no such day
        raise found.unfit(name, "a time such as 2026-03-02 7:57 PM") from None
    raise found.unfit(name, "a time such as 2026-03-02 7:57 PM")


SOURCE = Vendor(
    name="appveyor",
    title="AppVeyor",
    page="https://www.appveyor.com/docs/notifications/#webhooks",
    setup="""\
Project settings, Notifications, Add notification: Webhook. URL: {url}. Method: POST. Leave the body as it is.
Headers: `Authorization: Bearer` and the secret of `sources.appveyor` in pipegauge.yaml, encrypted under Account, \
Encrypt YAML, where it stands in appveyor.yml. On build success, on build failure.""",
    naming=EventField("eventName"),
    proof=Credential(),
    mappings={"build_success": build, "build_failure": build},
    ignored={},
    personal=(
        "**.commitAuthor",
        "**.commitAuthorEmail",
        "**.commitAuthorUsername",
        "**.committerName",
        "**.committerEmail",
    ),
)
