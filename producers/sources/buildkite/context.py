"""What all payloads of Buildkite share: the pipeline, the build and who made it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.actors import actor_named
from producers.addresses import commit_in, repository_at
from producers.payload import Payload
from producers.personal import is_bot
from producers.references import subject_of, tickets_in
from producers.vendor import Told
from schemas.events import Actor, Links, Origin


@dataclass(frozen=True, slots=True)
class Context:
    """A delivery with its build and pipeline; the pipeline's page is what its events come from."""

    told: Told
    build: Payload
    pipeline: Payload

    @property
    def sha(self) -> str | None:
        """The build's commit; None for a build of whatever a branch's head is, which Buildkite calls HEAD."""
        return commit_in(self.build.optional_text("commit") or "")

    def frame(
        self, type_: str, object_id: str, state: str, at: datetime, url: str | None, attempt: int | None = None
    ) -> dict[str, Any]:
        """The fields that every event has, and what it can be joined to."""
        pipeline, build = self.pipeline, self.build
        page = pipeline.optional_text("web_url") or pipeline.text("url")
        repository = repository_at(pipeline.optional_text("repository") or "")
        origin = Origin(repository=repository, project=pipeline.text("slug"))
        message = subject_of(build.optional_text("message") or "")
        change = build.optional_part("pull_request")
        number = change.id("id") if change and change.value.get("id") not in (None, "") else None
        tickets = tickets_in(build.optional_text("branch"), message)
        return {
            **self.told.frame(type_, page, origin, object_id, state, at, attempt),
            "url": url,
            "links": Links(tickets=tickets, sha=self.sha, change=number, run=build.id("id")),
        }


def context_of(told: Told) -> Context:
    """The context of a delivery. Raises Unmappable if it lacks build or pipeline."""
    return Context(told, told.payload.part("build"), told.payload.part("pipeline"))


def actor_of(user: Payload | None) -> Actor | None:
    """The actor that a user stands for: a bot by its name, a person by e-mail address, the same in other tools."""
    if user is None:
        return None
    name = user.optional_text("name")
    return actor_named(name if name and is_bot(name) else user.optional_text("email") or name)
