"""What all CDEvents share: context and subject, where they belong, and the frame of our events. Pure.

CDEvents know no commit, and of repositories only what changes and artifacts say. So a sender may add what joins them to
`customData`: `repository`, `commit`, `branch`, `actor`, and for a change its `author` and `firstCommitAt`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.actors import actor_named
from producers.addresses import commit_in, repository_at
from producers.payload import Payload
from producers.references import MOST_TICKETS, subject_of, tickets_in
from producers.sources.cdevents.artifact import Artifact, artifact_of
from schemas.events import Actor, Links, Origin, event_id

_LONGEST_TITLE = 500
_NOTHING = Artifact("", None, None)


@dataclass(frozen=True, slots=True)
class Context:
    """One CDEvent: `name` is `subject.predicate`, `custom` its `customData`, empty where that is no object."""

    name: str
    context: Payload
    subject: Payload
    content: Payload
    custom: Payload
    received_at: datetime

    @property
    def predicate(self) -> str:
        """What happened to the subject."""
        return self.name.partition(".")[2]

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.context.moment("timestamp")

    @property
    def source(self) -> str:
        """The subject's own source, within which its id is unique; it is the context's unless it says otherwise."""
        return self.subject.optional_text("source") or self.context.text("source")

    @property
    def subject_id(self) -> str:
        """The subject's id, unique in its source."""
        return self.subject.id("id")

    @property
    def url(self) -> str | None:
        """The subject's page, which 0.4 calls `url` and 0.5 `uri`."""
        return self.content.optional_text("uri") or self.content.optional_text("url")

    @property
    def commit(self) -> str | None:
        """The whole commit id that the sender adds."""
        return commit_in(self.told("commit") or "")

    def told(self, name: str) -> str | None:
        """The text `name` of `customData`. What a tool keeps there of another type is its own affair."""
        return self.custom.optional_text(name) if isinstance(self.custom.value.get(name), str) else None

    def frame(
        self, type_: str, mark: str = "", app: str | None = None, artifact: Artifact = _NOTHING
    ) -> dict[str, Any]:
        """The fields that every event has.

        `mark` tells apart what could happen twice in one moment. The catalog finds the service by the repository; else
        by `app`, the name of a service that is deployed; else by the source.
        """
        repository = self._repository() or artifact.repository
        elsewhere = Origin(app=app) if app else Origin(project=self.source)
        return {
            "id": event_id(self.source, type_, self.subject_id, None, self.name, self.at.isoformat() + mark),
            "source": self.source,
            "origin": Origin(repository=repository, app=app) if repository else elsewhere,
            "occurred_at": self.at,
            "received_at": self.received_at,
            "actor": self.actor("user", "updatedBy", "creator"),
            "url": self.url,
        }

    def links(self, *texts: str | None, sha: str | None = None, **more: Any) -> Links:
        """What the event can be joined to; tickets are looked for in `texts` and in the branch."""
        tickets = tickets_in(self.told("branch"), *texts)
        return Links(tickets=tickets[:MOST_TICKETS], sha=self.commit or sha, **more)

    def actor(self, *names: str) -> Actor | None:
        """Who did it: the sender's `customData.actor`, else the first of `names` that the content has."""
        told = [self.told("actor"), *(self.content.optional_text(name) for name in names)]
        return actor_named(next((id_ for id_ in told if id_), None))

    def title(self, name: str) -> str:
        """The first line of a text of the content."""
        return subject_of(self.content.optional_text(name) or "")[:_LONGEST_TITLE]

    def artifact(self) -> Artifact:
        """The artifact that the content names."""
        told = self.content.optional_text("artifactId")
        return artifact_of(told) if told else _NOTHING

    def _repository(self) -> str | None:
        told = self.told("repository")
        if told:
            return repository_at(told) if "://" in told else told
        if (repository := self.content.optional_part("repository")) is not None:
            id_ = repository.id("id")
            return repository_at(id_) or id_
        # The source of a change is the repository that it is made in.
        if self.name.startswith("change."):
            return repository_at(self.source)
        change = self.content.optional_part("change")
        return repository_at(change.optional_text("source") or "") if change else None


def context_of(event: Payload, name: str, received_at: datetime) -> Context:
    """The context of a CDEvent. Raises Unmappable if it lacks context, subject or content."""
    subject = event.part("subject")
    custom = event.value.get("customData")
    path = f"{event.path}.customData" if event.path else "customData"
    return Context(
        name=name,
        context=event.part("context"),
        subject=subject,
        content=subject.part("content"),
        custom=Payload(custom if isinstance(custom, dict) else {}, path),
        received_at=received_at,
    )
