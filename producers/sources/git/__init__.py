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

from collections.abc import Sequence

from pydantic import ValidationError

from producers.payload import root
from producers.signatures import verify_sha256
from producers.source import Unmappable
from producers.sources.git.pushes import pushed
from producers.sources.git.tags import deployment
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event

EVENT_HEADER = "x-pipegauge-event"
SIGNATURE_HEADER = "x-pipegauge-signature-256"


class Git:
    """The source `git`."""

    name = "git"
    handles = frozenset({"commits", "tags"})
    ignores: frozenset[str] = frozenset()
    personal = ("**.author.name", "**.author.email")

    def event_name(self, headers: Headers, body: bytes) -> str:
        """Raises Unmappable if the header is missing."""
        name = headers.get(EVENT_HEADER)
        if not name:
            raise Unmappable("the header X-Pipegauge-Event is missing", EVENT_HEADER)
        return name

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless one of `secrets` signed the raw body."""
        verify_sha256(delivery.headers, SIGNATURE_HEADER, delivery.body, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery. Raises Unmappable, and nothing else, whatever the document holds."""
        name = self.event_name(delivery.headers, delivery.body)
        if name not in self.handles:
            raise Unmappable(f"git has no mapping for the event {name[:100]!r}")
        try:
            document = root(delivery.document)
            if name == "tags":
                return [deployment(document, tag, delivery.received_at) for tag in document.parts("tags")]
            return [
                event for push in document.parts("pushes") for event in pushed(document, push, delivery.received_at)
            ]
        except ValidationError as error:  # a value of the right type that no event of ours may carry, such as a NUL
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = ".".join(map(str, first["loc"]))
            raise Unmappable(f"{field}: {first['msg']}", field) from error


SOURCE = Git()
