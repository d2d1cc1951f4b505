"""What all payloads of GitHub share: the repository, who did it, and the frame of our events. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.payload import Payload
from producers.personal import is_bot
from producers.vendor import Told
from schemas.events import Actor, Event, Origin


@dataclass(frozen=True, slots=True)
class Context:
    """A payload with its repository: `source` is the repository's page, the URI that all its events come from."""

    told: Told
    source: str
    repository: str

    @property
    def payload(self) -> Payload:
        """The document."""
        return self.told.payload

    @property
    def action(self) -> str | None:
        """GitHub's word for what happened; None in payloads older than the word."""
        return self.payload.optional_text("action")

    def frame(
        self, type_: str, object_id: str, state: str, at: datetime | None, attempt: int | None = None, mark: str = ""
    ) -> dict[str, Any]:
        """See Told.frame. `mark` tells apart what could happen twice within one second."""
        return self.told.frame(
            type_, self.source, Origin(repository=self.repository), object_id, state, at, attempt, mark
        )


def with_repository(mapping: Callable[[Context], list[Event]]) -> Callable[[Told], list[Event]]:
    """`mapping`, given the context of a delivery. It raises Unmappable if the payload names no repository."""

    def mapped(told: Told) -> list[Event]:
        repository = told.payload.part("repository")
        return mapping(Context(told, repository.text("html_url"), repository.text("full_name")))

    return mapped


def actor_of(account: Payload | None) -> Actor | None:
    """The actor that an account stands for; None for an account that was deleted."""
    login = account.optional_text("login") if account else None
    if account is None or login is None:
        return None
    bot = account.optional_text("type") == "Bot" or is_bot(login)
    return Actor(id=login, kind="bot" if bot else "human")


def author_of(commit: Payload) -> Actor | None:
    """The author of a commit in a push, by login where GitHub knows it, else by e-mail address or name."""
    author = commit.optional_part("author")
    if author is None:
        return None
    name, login = author.optional_text("name"), author.optional_text("username")
    id_ = login or author.optional_text("email") or name
    if id_ is None:
        return None
    bot = any(word is not None and is_bot(word) for word in (login, name))
    return Actor(id=id_, kind="bot" if bot else "human")


def only_change(subject: Payload) -> str | None:
    """The number of the one change that a run or check is for; None where there are none or several."""
    numbers = [change.id("number") for change in subject.parts("pull_requests")]
    return numbers[0] if len(numbers) == 1 else None
