"""What all payloads of Gitea and its relatives share: the repository, its times, and who did it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from producers.actors import actor_named
from producers.payload import Payload
from producers.personal import is_bot
from producers.vendor import Told
from schemas.events import Actor, Event, Origin

# A time that is not set is written as the first of year 1 or, in any zone, of 1970.
_NEVER = datetime(1970, 1, 2, tzinfo=UTC)
# https://github.com/go-gitea/gitea/blob/main/models/user/user_system.go
_ACTIONS_USER = -2


@dataclass(frozen=True, slots=True)
class Context:
    """A payload with its repository, whose page is the URI that all its events come from."""

    told: Told
    repository: Payload

    @property
    def payload(self) -> Payload:
        """The document."""
        return self.told.payload

    @property
    def page(self) -> str:
        """The repository's page."""
        return self.repository.text("html_url")

    @property
    def name(self) -> str:
        """The repository's full name."""
        return self.repository.text("full_name")

    @property
    def sender(self) -> Actor | None:
        """Who did it."""
        return actor_of(self.payload.optional_part("sender"))

    def frame(
        self, type_: str, object_id: str, state: str, at: datetime | None, attempt: int | None = None, mark: str = ""
    ) -> dict[str, Any]:
        """The fields that every event has.

        `at` is None where the server tells no time, as Gogs of its pull requests: then it happened when it arrived,
        and the time at which the repository was last changed tells the fact from others.
        """
        if at is None:
            attempt, mark = None, f"{self.repository.optional_text('updated_at')}{mark}"
        return self.told.frame(type_, self.page, Origin(repository=self.name), object_id, state, at, attempt, mark)


def with_repository(mapping: Callable[[Context], list[Event]]) -> Callable[[Told], list[Event]]:
    """`mapping`, given the context of a delivery. It raises Unmappable if the payload names no repository."""
    return lambda told: mapping(Context(told, told.payload.part("repository")))


def time_of(part: Payload, *names: str) -> datetime | None:
    """The first time of `names` that is set."""
    for name in names:
        at = part.optional_moment(name)
        if at is not None and at > _NEVER:
            return at
    return None


def actor_of(account: Payload | None) -> Actor | None:
    """The actor that an account stands for. There are no accounts of bots but the one of the server's own runs."""
    login = (account.optional_text("login") or account.optional_text("username")) if account else None
    if account is None or login is None:
        return None
    bot = account.value.get("id") == _ACTIONS_USER or is_bot(login)
    return Actor(id=login, kind="bot" if bot else "human")


def author_of(commit: Payload) -> Actor | None:
    """The author of a commit in a push, by login where the server knows it, else by e-mail address or name."""
    author = commit.optional_part("author")
    if author is None:
        return None
    id_ = next(filter(None, map(author.optional_text, ("username", "email", "name"))), None)
    return actor_named(id_)
