"""Releases and packages. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from producers.addresses import commit_in
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.gitea.context import Context, actor_of, time_of
from producers.sources.gitea.pushes import version_of
from producers.vendor import Told
from schemas.events import ArtifactPublished, Event, Links, Origin

# Kinds of packages whose package URLs have a type of another name. https://docs.gitea.com/usage/packages/overview
_TYPES: Mapping[str, str] = {
    "alpine": "apk",
    "arch": "alpm",
    "chef": "generic",
    "container": "oci",
    "debian": "deb",
    "go": "golang",
    "rubygems": "gem",
    "vagrant": "generic",
}
_PAGE = re.compile(r"https?://(?P<host>[^/]+(?:/[^/]+)*)/(?P<owner>[^/]+)/-/packages(?=/)")


def release(context: Context) -> list[Event]:
    """A version of the repository was published or taken back. Drafts and edits are neither."""
    found, action = context.payload.part("release"), context.payload.text("action")
    if action not in ("published", "deleted") or found.flag("draft"):
        return []
    tag, published_at = found.text("tag_name"), time_of(found, "published_at", "created_at")
    return [
        ArtifactPublished(
            **context.frame(
                "ArtifactPublished",
                f"release/{found.id('id')}",
                action,
                published_at if action == "published" else None,  # of its end no time is told
                mark=f"/{published_at}",
            ),
            actor=context.sender,
            url=found.optional_text("html_url"),
            links=Links(
                tickets=tickets_in(tag, found.optional_text("name")),
                sha=commit_in(found.optional_text("target_commitish") or ""),
            ),
            artifact=version_of(context, tag),
            action="published" if action == "published" else "deleted",
            name=found.optional_text("name") or tag,
        )
    ]


def package(told: Told) -> list[Event]:
    """A version of a package was published or deleted. A package belongs to somebody; to a repository only if it was
    joined to one. Of its deletion no time is told."""
    found, action = told.payload.part("package"), told.payload.text("action")
    if action not in ("created", "deleted"):
        raise told.payload.unfit("action", "an action that we know")
    joined, home = found.optional_part("repository"), _home(found)
    name, version, created_at = (
        f"{home.owner}/{found.text('name')}",
        found.text("version"),
        time_of(found, "created_at"),
    )
    origin = Origin(repository=joined.text("full_name")) if joined else Origin(project=name)
    source, id_ = joined.text("html_url") if joined else home.packages, f"package/{found.id('id')}"
    frame = (
        told.frame("ArtifactPublished", source, origin, id_, action, created_at)
        if action == "created" and created_at
        else told.frame("ArtifactPublished", source, origin, id_, action, None, mark=f"{created_at}")
    )
    return [
        ArtifactPublished(
            **frame,
            actor=actor_of(told.payload.optional_part("sender")),
            url=found.text("html_url"),
            artifact=_artifact(found, home, version),
            action="published" if action == "created" else "deleted",
            name=f"{name} {version}",
        )
    ]


class _Home(NamedTuple):
    """Where the packages of an owner are: the page still tells the name that is hashed in the account."""

    packages: str
    host: str
    owner: str


def _home(found: Payload) -> _Home:
    page = _PAGE.match(found.text("html_url"))
    if page is None:
        raise found.unfit("html_url", "the page of a package")
    return _Home(page[0], page["host"], page["owner"])


def _artifact(found: Payload, home: _Home, version: str) -> str:
    """The package URL; an image is known by its digest, or by its tag."""
    kind, name = found.text("type"), found.text("name")
    type_ = _TYPES.get(kind, kind)
    if type_ == "oci":
        digest, tag = (version, None) if ":" in version else (None, version)
        where = f"{home.host}/{home.owner}/{name}".lower()
        return package_url("oci", name.rpartition("/")[2].lower(), digest, repository_url=where, tag=tag)
    where = f"{home.host}/api/packages/{home.owner}/{kind}"
    return package_url(type_, name.replace(":", "/"), version, repository_url=where)
