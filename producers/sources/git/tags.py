"""Tags as deployments. Pure."""

from datetime import datetime

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.git.frame import frame, page
from schemas.events import DeploymentUpdated, Links

_PRODUCTION = "production"


def deployment(document: Payload, tag: Payload, received_at: datetime) -> DeploymentUpdated:
    """A tag is a deployment into production that went well: history knows of no other."""
    name, sha, at = tag.text("name"), tag.text("sha"), tag.moment("at")
    return DeploymentUpdated(
        **frame(document, "DeploymentUpdated", name, "succeeded", at, received_at, mark=sha),
        url=page(document, "tree", name),
        links=Links(tickets=tickets_in(name), sha=sha, deployment=name),
        deployment=name,
        environment=_PRODUCTION,
        tier="production",
        sha=sha,
        state="succeeded",
        created_at=at,
        finished_at=at,
    )
