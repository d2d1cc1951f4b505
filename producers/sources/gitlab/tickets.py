"""Issues and other work items: requirements, tasks, and incidents. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.gitlab.context import Project, actor_of, project_of
from producers.vendor import Told
from schemas.events import Event, IncidentState, IncidentUpdated, Links, TicketState, TicketUpdated

_Action = Literal["created", "updated", "closed"]
_ACTIONS: Mapping[str, _Action] = {"open": "created", "close": "closed", "reopen": "updated", "update": "updated"}
_STATES: Mapping[str, TicketState] = {"opened": "open", "closed": "closed"}
# How far the people on call are; an incident that nobody was called for has no such status.
_ESCALATIONS: Mapping[str, IncidentState] = {
    "triggered": "detected",
    "acknowledged": "acknowledged",
    "resolved": "resolved",
}


def issue(told: Told) -> list[Event]:
    """An issue, task or the like as it stands after an action; one without an action is an update.

    An epic belongs to a group and to none of its projects: it says nothing of a service.
    """
    found = told.payload.part("object_attributes")
    kind = found.optional_text("type") or "Issue"
    if kind == "Epic":
        return []
    project = project_of(told.payload)
    word = found.optional_text("action") or "update"
    action = _ACTIONS.get(word)
    if action is None:
        raise found.unfit("action", "an action that we know")
    state = _STATES.get(found.text("state"))
    if state is None:
        raise found.unfit("state", "a state that we know")
    at = found.moment("created_at") if action == "created" else found.moment("updated_at")
    if kind == "Incident":
        return [_incident(told, project, found, word, state, at)]
    key, closed_at = _key(project, found), found.optional_moment("closed_at")
    return [
        TicketUpdated(
            **project.frame(told, "TicketUpdated", key, word, at),
            actor=actor_of(told.payload.optional_part("user")),
            url=found.optional_text("url"),
            links=Links(tickets=(key, *tickets_in(_title(found)))),
            ticket=key,
            action=action,
            state=state,
            kind=kind,
            title=_title(found),
            created_at=found.moment("created_at"),
            closed_at=(closed_at or (at if action == "closed" else None)) if state == "closed" else None,
        )
    ]


def _incident(
    told: Told, project: Project, found: Payload, word: str, state: TicketState, at: datetime
) -> IncidentUpdated:
    escalation = found.optional_text("escalation_status")
    stands = "resolved" if state == "closed" else _ESCALATIONS.get(escalation or "triggered")
    if stands is None:
        raise found.unfit("escalation_status", "a status that we know")
    key = _key(project, found)
    return IncidentUpdated(
        **project.frame(told, "IncidentUpdated", key, f"{word}/{stands}", at),
        actor=actor_of(told.payload.optional_part("user")),
        url=found.optional_text("url"),
        links=Links(tickets=(key, *tickets_in(_title(found)))),
        incident=key,
        state=stands,
        title=_title(found),
        created_at=found.moment("created_at"),
        resolved_at=(found.optional_moment("closed_at") or at) if stands == "resolved" else None,
    )


def _key(project: Project, found: Payload) -> str:
    """An issue's number as GitLab writes it outside its project."""
    return f"{project.path}#{found.id('iid')}"


def _title(found: Payload) -> str:
    """A confidential title is for members of the project only."""
    return "" if found.flag("confidential") else found.optional_text("title") or ""
