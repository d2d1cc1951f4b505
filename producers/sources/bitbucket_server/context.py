"""What all payloads of Bitbucket Server share: the repository, its times, and who did it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.personal import is_bot
from producers.vendor import Told
from schemas.events import Actor, Origin


@dataclass(frozen=True, slots=True)
class Context:
    """A payload with the repository that it tells of, as "KEY/slug", and the URI that all its events come from."""

    told: Told
    repository: str
    source: str

    @property
    def payload(self) -> Payload:
        """The document."""
        return self.told.payload

    def frame(self, type_: str, object_id: str, state: str, at: datetime, mark: str = "") -> dict[str, Any]:
        """The fields that every event has."""
        return self.told.frame(type_, self.source, Origin(repository=self.repository), object_id, state, at, mark=mark)


def context_of(told: Told, repository: Payload) -> Context:
    """The context of a delivery about `repository`. The page of somebody's own has the person's name in it."""
    project = repository.part("project")
    name = f"{project.text('key')}/{repository.text('slug')}"
    page = None if project.value.get("owner") is not None else link_of(repository)
    return Context(told, name, page.removesuffix("/browse") if page else f"urn:bitbucket-server:{name}")


def time_of(part: Payload, name: str) -> datetime:
    """The time `name`: milliseconds since 1970, or, from version 10.3 on, ISO 8601."""
    return part.milliseconds(name) if isinstance(part.value.get(name), int) else part.moment(name)


def optional_time_of(part: Payload, name: str) -> datetime | None:
    """The time `name`, None where it is null or absent."""
    return time_of(part, name) if part.value.get(name) is not None else None


def actor_of(account: Payload | None) -> Actor | None:
    """The actor that an account stands for, by its login, or by the name in a commit of somebody unknown."""
    name = account.optional_text("name") if account else None
    if account is None or name is None:
        return None
    bot = account.optional_text("type") == "SERVICE" or is_bot(name)
    return Actor(id=name, kind="bot" if bot else "human")


def link_of(part: Payload) -> str | None:
    """The address of what a part tells of, where it is given."""
    links = part.optional_part("links")
    found = links.value.get("self") if links else None
    first = found[0] if isinstance(found, list) and found else None
    href = first.get("href") if isinstance(first, dict) else None
    return href if isinstance(href, str) and href else None
