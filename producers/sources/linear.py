"""Linear's webhooks. https://linear.app/developers/webhooks"""

from collections.abc import Mapping
from datetime import datetime

from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Hmac
from producers.vendor import Told, Vendor, because
from schemas.events import Actor, Event, Links, Origin, TicketState, TicketUpdated

_STATES: Mapping[str, TicketState] = {
    "triage": "open",
    "backlog": "open",
    "unstarted": "open",
    "started": "in_progress",
    "completed": "closed",
    "canceled": "closed",
    "duplicate": "closed",
}
_ACTIONS = frozenset({"create", "update", "remove"})


def _issue(told: Told) -> list[Event]:
    """An issue after an action. One that is removed is closed, but was not done at that moment."""
    payload, issue = told.payload, told.payload.part("data")
    word, at = payload.text("action"), payload.moment("createdAt")
    if word not in _ACTIONS:
        raise payload.unfit("action", "an action that we know")
    state, closed_at = _state(issue), _closed_at(issue)
    before = payload.optional_part("updatedFrom")
    moved = before is not None and "stateId" in before.value
    closed = word == "remove" or (word == "update" and state == "closed" and moved)
    team = issue.part("team").text("key")
    key = issue.optional_text("identifier") or f"{team}-{issue.id('number')}"
    source, origin = f"urn:linear:{payload.id('organizationId')}", Origin(project=team)
    return [
        TicketUpdated(
            **told.frame("TicketUpdated", source, origin, issue.id("id"), word, at),
            actor=_actor(payload.optional_part("actor")),
            url=payload.optional_text("url") or issue.optional_text("url"),
            links=Links(tickets=(key,)),
            ticket=key,
            action="closed" if closed else "created" if word == "create" else "updated",
            state="closed" if word == "remove" else state,
            title=issue.optional_text("title") or "",
            created_at=issue.moment("createdAt"),
            closed_at=closed_at if state == "closed" else None,
        )
    ]


def _state(issue: Payload) -> TicketState:
    found = issue.part("state")
    state = _STATES.get(found.text("type"))
    if state is None:
        raise found.unfit("type", "a type of states that we know")
    return state


def _closed_at(issue: Payload) -> datetime | None:
    return issue.optional_moment("completedAt") or issue.optional_moment("canceledAt")


def _actor(actor: Payload | None) -> Actor | None:
    """Who did it: a user, or an application, key or integration."""
    if actor is None:
        return None
    return Actor(id=actor.id("id"), kind="human" if actor.text("type") == "user" else "bot")


_ROLES = (
    *("actor", "assignee", "creator", "user", "delegate", "lead", "owner", "externalUser", "externalUserCreator"),
    *("subscribers", "members", "resolvingUser", "updatedBy"),
)
_NAMES = ("id", "name", "displayName", "email", "avatarUrl", "url")
_IDS = (
    *("assigneeId", "creatorId", "userId", "actorId", "delegateId", "leadId", "ownerId", "externalUserCreatorId"),
    *("subscriberIds", "memberIds", "externalUserId", "updatedById", "resolvingUserId", "snoozedById"),
)

SOURCE = Vendor(
    name="linear",
    title="Linear",
    page="https://linear.app/developers/webhooks",
    setup="""\
Settings, API, Webhooks, New webhook. URL: {url}. Data change events: Issues.
The signing secret is Linear's: put it into `sources.linear` in pipegauge.yaml.""",
    naming=EventField("type"),
    proof=Hmac("Linear-Signature"),
    mappings={"Issue": _issue},
    ignored=because(
        {
            "talk that moves no ticket": {"Comment", "Reaction", "Attachment", "Document", "AgentSessionEvent"},
            "plans are no tickets": {
                *("Project", "ProjectUpdate", "ProjectLabel", "Cycle", "Initiative", "InitiativeUpdate", "IssueLabel"),
            },
            "the issue's own event says it better": {"IssueSLA", "AppUserNotification"},
            "a release is no deployment": {"Release", "ReleaseNote"},
            "customers are no tickets": {"Customer", "CustomerNeed"},
            "settings and rights": {"User", "AuditEntry", "OAuthApp", "OAuthAuthorization", "PermissionChange"},
        }
    ),
    personal=(
        *(f"**.{role}.{name}" for role in _ROLES for name in _NAMES),
        *(f"**.{name}" for name in _IDS),
        *("**.email", "**.displayName", "**.avatarUrl", "**.userDisplayName", "**.botActor", "**.ip"),
        "**.data.name",  # of a user, but also of a project or label, whose names nobody reads here
    ),
)
