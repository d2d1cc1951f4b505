"""Images and files in Artifactory. Pure."""

from collections.abc import Mapping
from typing import Any, Literal

from producers.images import Image
from producers.package_urls import package_url
from producers.vendor import Told
from schemas.events import ArtifactPublished, Event, Origin

Action = Literal["published", "deleted"]

_ACTIONS: Mapping[str, Action] = {
    "docker.pushed": "published",
    "docker.deleted": "deleted",
    "artifact.deployed": "published",
    "artifact.deleted": "deleted",
}


def image(told: Told) -> list[Event]:
    """A tag of an image; the hash is that of its manifest, which is the image's digest."""
    data, digest = told.payload.part("data"), _hash(told)
    path = f"{data.text('repo_key')}/{data.text('image_name')}"
    found = Image(_host(told), path, digest, data.text("tag"))
    return _published(told, found.source, found.origin, found.purl, path, links=found.links)


def file(told: Told) -> list[Event]:
    """A file in a repository; the catalog is given the folder that it is in."""
    data = told.payload.part("data")
    path = f"{data.text('repo_key')}/{data.text('path')}"
    folder = path.rpartition("/")[0]
    purl = package_url("generic", path, None, checksum=_hash(told), repository_url=_host(told))
    return _published(told, f"//{_host(told)}/{folder}", Origin(project=folder), purl, data.text("name"))


def _published(told: Told, source: str, origin: Origin, purl: str, name: str, **more: Any) -> list[Event]:
    action = _ACTIONS[told.event]
    frame = told.frame("ArtifactPublished", source, origin, purl, action, None)
    return [ArtifactPublished(**frame, **more, artifact=purl, action=action, name=name)]


def _hash(told: Told) -> str | None:
    sha256 = told.payload.part("data").optional_text("sha256")
    return f"sha256:{sha256}" if sha256 else None


def _host(told: Told) -> str:
    """The host of the platform that it happened on."""
    origin = told.payload.optional_text("jpd_origin") or ""
    return origin.rpartition("://")[2].partition("/")[0]
