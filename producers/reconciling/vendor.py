"""What reconciling asks of a vendor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from producers.reconciling.api import Api
from producers.reconciling.attempts import Attempt

Part = Literal["runs", "changes"]
PARTS: tuple[Part, ...] = ("runs", "changes")


@dataclass(frozen=True, slots=True)
class Item:
    """A run or a change as its hook would have told it: the event's name and the payload."""

    event: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Some:
    """Items that were read together; `cursor` is where to go on after them, None at the end."""

    items: Sequence[Item]
    cursor: str | None


class Reconcilable(Protocol):
    """A vendor whose API tells of deliveries, runs and changes. A repository is `owner/name` or `group/project`."""

    source: str
    address: str
    token: str

    def headers(self, token: str) -> dict[str, str]:
        """The headers with which a token is shown."""
        ...

    def hooks(self, api: Api, repository: str) -> list[int]:
        """The hooks of a repository that post to a gateway of pipegauge."""
        ...

    def attempts(self, api: Api, repository: str, hook: int, since: datetime) -> Iterator[Attempt]:
        """The attempts of a hook's deliveries that the vendor still knows."""
        ...

    def redeliver(self, api: Api, repository: str, hook: int, attempt: Attempt) -> bool:
        """Asks for one more attempt; whether the vendor took it on, or, where it says so at once, it arrived."""
        ...

    def read(
        self, api: Api, repository: str, part: Part, since: datetime, until: datetime, cursor: str | None
    ) -> Iterator[Some]:
        """The runs that ended, or the changes that were touched, from `since` on and before `until`."""
        ...

    def completed(self, api: Api, repository: str, item: Item) -> Item:
        """An item with what only a request of its own tells."""
        ...


def is_ours(url: object, source: str) -> bool:
    """Whether a hook's address is a gateway's of that source, with or without a token at its end."""
    try:
        steps = urlsplit(url if isinstance(url, str) else "").path.rstrip("/").split("/")
    except ValueError:  # no address
        return False
    return ["hooks", source] in (steps[-2:], steps[-3:-1])
