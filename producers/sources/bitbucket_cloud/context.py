"""What all payloads of Bitbucket Cloud share: the repository, and who did it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.vendor import Told
from schemas.events import Actor, Event, Origin


@dataclass(frozen=True, slots=True)
class Context:
    """A payload with the full name of its repository."""

    told: Told
    repository: str

    @property
    def payload(self) -> Payload:
        """The document."""
        return self.told.payload

    @property
    def page(self) -> str:
        """The repository's page, the URI that all its events come from."""
        return f"https://bitbucket.org/{self.repository}"

    def frame(self, type_: str, object_id: str, state: str, at: datetime | None, mark: str = "") -> dict[str, Any]:
        """The fields that every event has; `at` is None where Bitbucket tells no time."""
        return self.told.frame(type_, self.page, Origin(repository=self.repository), object_id, state, at, mark=mark)


def with_repository(mapping: Callable[[Context], list[Event]]) -> Callable[[Told], list[Event]]:
    """`mapping`, given the context of a delivery. It raises Unmappable if the payload names no repository."""

    def mapped(told: Told) -> list[Event]:
        return mapping(Context(told, told.payload.part("repository").text("full_name")))

    return mapped


def actor_of(account: Payload | None) -> Actor | None:
    """The actor that an account stands for. What is no user is no person: an app, an access token, a workspace."""
    if account is None:
        return None
    id_ = next(filter(None, map(account.optional_text, ("uuid", "account_id", "nickname", "display_name"))), None)
    if id_ is None:
        return None
    return Actor(id=id_, kind="human" if account.optional_text("type") in (None, "user") else "bot")


def author_of(author: Payload | None) -> Actor | None:
    """The author of a commit: the account that Bitbucket found, else what the commit says."""
    account = actor_of(author.optional_part("user")) if author else None
    raw = author.optional_text("raw") if author else None
    return account or (Actor(id=raw) if raw else None)


def link_of(part: Payload) -> str | None:
    """The address of what a part tells of, for people."""
    links = part.optional_part("links")
    html = links.optional_part("html") if links else None
    return html.optional_text("href") if html else None
