"""Octopus Deploy's subscriptions. https://octopus.com/docs/administration/managing-infrastructure/subscriptions

An event names documents by their ids; what they are called is told by its message, in which each reference has a place.
"""

from collections.abc import Mapping

from producers.addresses import commit_in
from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Credential
from producers.references import tickets_in, tier_of
from producers.vendor import Told, Vendor, because
from schemas.events import Actor, DeploymentState, DeploymentUpdated, Event, Links, Origin

_STATES: Mapping[str, DeploymentState] = {
    "DeploymentQueued": "queued",
    "DeploymentStarted": "started",
    "DeploymentResumed": "started",
    "DeploymentSucceeded": "succeeded",
    "DeploymentFailed": "failed",
}
_SYSTEM = "users-system"


def deployment(told: Told) -> list[Event]:
    """A deployment of a release of a project to an environment."""
    payload = told.payload.part("Payload")
    event = payload.part("Event")
    id_, project, space = _related(event, "Deployments-"), _related(event, "Projects-"), event.text("SpaceId")
    environment, state, at = _name(event, "Environments-"), _STATES[told.event], event.moment("Occurred")
    server = (payload.optional_text("ServerUri") or "").rstrip("/")
    sha = commit_in(_name(event, "Releases-"))
    origin = Origin(app=_name(event, "Projects-"))
    return [
        DeploymentUpdated(
            **told.frame("DeploymentUpdated", f"{server}/{space}/{project}", origin, id_, told.event, at),
            actor=_actor(event),
            url=f"{server}/app#/{space}/deployments/{id_}" if server else None,
            links=Links(tickets=tickets_in(event.text("Message")), sha=sha, deployment=id_),
            deployment=id_,
            environment=environment,
            tier=tier_of(environment),
            sha=sha,
            state=state,
            created_at=at,  # only the first event of a deployment tells when it was asked for
            finished_at=at if state in ("succeeded", "failed") else None,
        )
    ]


def _related(event: Payload, prefix: str) -> str:
    """The id of the first related document of that kind."""
    found = next((id_ for id_ in event.texts("RelatedDocumentIds") if id_.startswith(prefix)), None)
    if found is None:
        raise event.unfit("RelatedDocumentIds", f"a list with an id {prefix}…")
    return found


def _name(event: Payload, prefix: str) -> str:
    """What the message calls the document; its id where the message does not mention it."""
    id_ = _related(event, prefix)
    # .NET counts UTF-16 units, of two bytes each.
    message = event.text("Message").encode("utf-16-le", "surrogatepass")
    for reference in event.parts("MessageReferences"):
        if reference.text("ReferencedDocumentId") == id_:
            start, length = reference.number("StartIndex"), reference.number("Length")
            name = message[2 * start : 2 * (start + length)].decode("utf-16-le", "replace").strip()
            return name or id_
    return id_


def _actor(event: Payload) -> Actor | None:
    name = event.optional_text("Username")
    if name is None:
        return None
    bot = event.flag("IsService") or event.optional_text("UserId") == _SYSTEM
    return Actor(id=name, kind="bot" if bot else "human")


SOURCE = Vendor(
    name="octopus",
    title="Octopus Deploy",
    page="https://octopus.com/docs/administration/managing-infrastructure/subscriptions",
    setup="""\
Configuration, Subscriptions, Add Subscription. Event categories: Deployment queued, started, resumed, succeeded and \
failed.
Payload URL: {url}. Header name `Authorization`, header value `Bearer SECRET`.
SECRET is the one of `sources.octopus` in pipegauge.yaml.""",
    naming=EventField("Payload.Event.Category"),
    proof=Credential(),
    mappings=dict.fromkeys(_STATES, deployment),
    ignored=because(
        {
            "a deployment that waits for a person is still under way": (
                "GuidedFailureInterruptionRaised",
                "ManualInterventionInterruptionRaised",
            ),
            "a runbook deploys no release": ("RunbookRunFailed", "RunbookRunSucceeded"),
            "settings and rights": ("Created", "Deleted", "Modified"),
        }
    ),
    personal=("**.Username", "**.IpAddress"),
)
