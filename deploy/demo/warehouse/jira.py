"""How Jira tells tickets: one for each change, begun with it and closed when it is in production."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import NamedTuple

from deploy.demo.chance import identifier
from deploy.demo.company import Person
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Change, Release
from deploy.demo.warehouse.company import JIRA, PROJECT, ticket_of


class _Status(NamedTuple):
    name: str
    category: str


_TO_DO, _IN_PROGRESS, _DONE = _Status("To Do", "new"), _Status("In Progress", "indeterminate"), _Status("Done", "done")
_CREATED, _UPDATED = "jira:issue_created", "jira:issue_updated"


def change_moments(change: Change) -> Iterator[Moment]:
    """A ticket is written when work begins, and is in progress when the merge request is there."""
    key = (change.key, "jira")
    yield Moment(change.begin, _CREATED, (*key, "created"), partial(_issue, change, change.begin, None, _TO_DO), "jira")
    at = change.opened_at
    moved = partial(_issue, change, at, _TO_DO, _IN_PROGRESS)
    yield Moment(at, _UPDATED, (*key, "in progress"), moved, "jira")


def release_moments(release: Release) -> Iterator[Moment]:
    """The tickets of what came to production are done."""
    production = release.in_production
    for landing in release.carried if production else ():
        change, at = landing.change, release.finished_at
        done = partial(_issue, change, at, _IN_PROGRESS, _DONE)
        yield Moment(at, _UPDATED, (change.key, "jira", "done"), done, "jira")


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _user(person: Person) -> Body:
    account = f"{identifier('jira', person.login):x}"
    return {
        "self": f"{JIRA}/rest/api/2/user?accountId={account}",
        "accountId": account,
        "displayName": person.name,
        "active": True,
        "accountType": "atlassian",
    }


def _issue(change: Change, at: datetime, before: _Status | None, now: _Status) -> Body:
    id_, key = str(identifier(change.key, "issue")), ticket_of(change)
    milliseconds = round(at.timestamp() * 1_000)
    body: Body = {
        "timestamp": milliseconds,
        "webhookEvent": _UPDATED if before else _CREATED,
        "user": _user(change.author),
        "issue": {
            "id": id_,
            "self": f"{JIRA}/rest/api/2/{id_}",
            "key": key,
            "fields": {
                "summary": change.title,
                "issuetype": {"id": "10001", "name": "Story", "subtask": False},
                "project": {"id": "10000", "key": PROJECT, "name": "Warehouse"},
                "created": _stamp(change.begin),
                "updated": _stamp(at),
                "resolutiondate": _stamp(at) if now is _DONE else None,
                "assignee": _user(change.author),
                "status": {"name": now.name, "statusCategory": {"key": now.category, "name": now.name}},
            },
        },
    }
    if before:
        moved = {"field": "status", "fieldtype": "jira", "fromString": before.name, "toString": now.name}
        body["changelog"] = {"id": f"{id_}{milliseconds}", "items": [moved]}
    return body
