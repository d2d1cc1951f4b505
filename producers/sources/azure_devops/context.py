"""What all notifications of Azure DevOps share: their resource, their collection, repositories and people. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from producers.payload import Payload
from producers.vendor import Told
from schemas.events import Actor, Event, Origin

_USER = re.compile(r"(?<=://)[^/@]*@")
_CLOUD_COLLECTION = re.compile(
    r"\A(?:https?://)?(?:dev\.azure\.com/[^/]+|[^/]+\.visualstudio\.com(?:/DefaultCollection)?)/"
)
_GITHUB = re.compile(r"\Ahttps://(?:api\.github\.com/repos|github\.com)/([^/]+/[^/]+?)(?:\.git)?\Z")
_NO_TIME = "0001-01-01"  # how .NET writes a time that was never set
_SERVICES = frozenset({"svc", "s2s", "aadsp", "acs"})


@dataclass(frozen=True, slots=True)
class Context:
    """A notification. `home` is its collection (an organisation, in the cloud): numbers are unique in it."""

    told: Told
    resource: Payload
    home: str

    @property
    def at(self) -> datetime:
        """When Azure DevOps saw what it tells; a notification that is sent again keeps it."""
        return self.told.payload.moment("createdDate")

    def frame(
        self,
        type_: str,
        origin: Origin,
        object_id: str,
        state: str,
        at: datetime,
        attempt: int | None = None,
        mark: str = "",
        source: str | None = None,
    ) -> dict[str, Any]:
        """The fields that every event has; `source` is a repository's page where it comes from one."""
        return self.told.frame(type_, source or self.home, origin, object_id, state, at, attempt, mark)


def with_resource(mapping: Callable[[Context], list[Event]]) -> Callable[[Told], list[Event]]:
    """`mapping`, given the resource of a notification. It raises Unmappable if there is none."""

    def mapped(told: Told) -> list[Event]:
        return mapping(Context(told, told.payload.part("resource"), _home(told.payload)))

    return mapped


def page_of(repository: Payload) -> str:
    """A repository's address, without the user that a clone of it is made as."""
    return _USER.sub("", repository.optional_text("remoteUrl") or repository.text("url"))


def name_of(repository: Payload) -> str:
    """A repository as "project/name": its name alone is unique in its project only."""
    return f"{repository.part('project').text('name')}/{repository.text('name')}"


def origin_of(repository: Payload) -> Origin:
    """What the catalog matches of a repository."""
    return Origin(repository=name_of(repository))


def repository_at(url: str) -> str | None:
    """ "project/name" of a repository at Azure DevOps, "owner/name" of one at GitHub; None for any other.

    The address of a repository that is named after its project may leave the project out.
    """
    url = _USER.sub("", url)
    at_github = _GITHUB.match(url)
    if at_github:
        return at_github[1]
    above, git, name = url.partition("/_git/")
    if not git or not name:
        return None
    project = _CLOUD_COLLECTION.sub("", f"{above}/").strip("/").rpartition("/")[2]
    return f"{unquote(project or name)}/{unquote(name)}"


def time_in(part: Payload | None, *names: str) -> datetime | None:
    """The first of these times of `part` that was set; None where none was."""
    for name in names if part else ():
        value = part.value.get(name) if part else None
        if part and not (isinstance(value, str) and value.startswith(_NO_TIME)):
            found = part.optional_moment(name)
            if found:
                return found
    return None


def actor_of(account: Payload | None) -> Actor | None:
    """The actor that an identity stands for: a service or application is told by the type in its descriptor."""
    if account is None:
        return None
    id_ = account.optional_text("uniqueName") or account.optional_text("displayName") or account.optional_text("id")
    if id_ is None:
        return None
    type_ = (account.optional_text("descriptor") or "").partition(".")[0]
    return Actor(id=id_, kind="bot" if type_ in _SERVICES else "human")


def author_of(signature: Payload | None) -> Actor | None:
    """The actor of a commit's signature, by e-mail address or name."""
    id_ = (signature.optional_text("email") or signature.optional_text("name")) if signature else None
    return Actor(id=id_) if id_ else None


def branch_of(ref: str | None) -> str | None:
    """A branch by its ref; any other ref as it is."""
    return ref.removeprefix("refs/heads/") if ref else None


def _home(payload: Payload) -> str:
    containers = payload.optional_part("resourceContainers")
    for name in ("collection", "account", "server"):
        container = containers.optional_part(name) if containers else None
        if container and (container.optional_text("baseUrl") or container.optional_text("id")):
            return container.optional_text("baseUrl") or f"urn:azure-devops:{container.text('id')}"
    return "urn:azure-devops"  # an older or shortened notification names no collection
