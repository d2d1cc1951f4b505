"""A repository's history as `pipegauge import git` reads it, in a format of our own. Pure.

Two events, named in X-Pipegauge-Event and signed in X-Pipegauge-Signature-256 as GitHub signs; times are seconds
since 1970. Both say which repository: {"repository": "acme/checkout", "url": "https://…" or "urn:git:…"}.

commits: {"branch", "default_branch": bool, "pushes": [{"before", "complete": bool, "began_at", "commits": [
    {"sha", "parents": […], "authored_at", "committed_at", "author": {"name", "email"}, "subject",
     "paths": […] or null}]}]}
tags: {"tags": [{"name", "sha", "at"}]}

A push is what one commit of the branch's first-parent line brought to it, from the oldest to that commit, which is the
last. One that brought very many is told in several pushes, all but the last not `complete`. `began_at` is the earliest
author time of all that it brought. So a push depends on its own commits only: however pushes are put into deliveries,
and whatever is committed later, it is the same event with the same id.
"""

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.sources.git.pushes import pushed
from producers.sources.git.tags import deployment
from producers.vendor import Told, Vendor
from schemas.events import Event

EVENT_HEADER = "x-pipegauge-event"
SIGNATURE_HEADER = "x-pipegauge-signature-256"


def commits(told: Told) -> list[Event]:
    """The pushes of a delivery."""
    document = told.payload
    return [event for push in document.parts("pushes") for event in pushed(document, push, told.received_at)]


def tags(told: Told) -> list[Event]:
    """The tags of a delivery, each a deployment to production."""
    return [deployment(told.payload, tag, told.received_at) for tag in told.payload.parts("tags")]


SOURCE = Vendor(
    name="git",
    title="Git",
    page="https://git-scm.com/docs/git-log",
    setup="Nothing to set up: `pipegauge import git PATH` posts to {url} what the repository holds.",
    naming=EventHeader("X-Pipegauge-Event"),
    proof=Hmac("X-Pipegauge-Signature-256", "sha256="),
    mappings={"commits": commits, "tags": tags},
    ignored={},
    personal=("**.author.name", "**.author.email"),
)
