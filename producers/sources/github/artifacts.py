"""Releases and packages. Pure."""

from collections.abc import Mapping

from producers.addresses import commit_in
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.github.context import Context, actor_of
from producers.vendor import Told
from schemas.events import ArtifactPublished, Event, Links, Origin

_GONE = frozenset({"deleted", "unpublished"})
_TYPES: Mapping[str, str] = {
    "container": "oci",
    "docker": "oci",
    "npm": "npm",
    "maven": "maven",
    "rubygems": "gem",
    "nuget": "nuget",
}


def release(context: Context) -> list[Event]:
    """A version of the repository was published or taken back. Drafts and edits are neither, and what GitHub says
    beside `published`, such as `released`, is the same again."""
    found, action = context.payload.part("release"), context.payload.text("action")
    if (action != "published" and action not in _GONE) or found.flag("draft"):
        return []
    tag = found.text("tag_name")
    artifact = package_url("github", context.repository.lower(), tag)
    published_at = found.moment("published_at")
    frame = (
        context.frame("ArtifactPublished", artifact, action, published_at)
        if action == "published"  # of its end no time is told
        else context.frame("ArtifactPublished", artifact, action, None, mark=published_at.isoformat())
    )
    return [
        ArtifactPublished(
            **frame,
            actor=actor_of(context.payload.optional_part("sender")),
            url=found.optional_text("html_url"),
            links=Links(
                tickets=tickets_in(tag, found.optional_text("name")),
                sha=commit_in(found.optional_text("target_commitish") or ""),
            ),
            artifact=artifact,
            action="deleted" if action in _GONE else "published",
            name=found.optional_text("name") or tag,
        )
    ]


def package(told: Told) -> list[Event]:
    """A version of a package was published, be it told as `package` or as `registry_package`: one fact, one id.

    A package of an organisation may belong to no repository.
    """
    found = told.payload.optional_part("registry_package") or told.payload.part("package")
    version, repository = found.part("package_version"), told.payload.optional_part("repository")
    artifact, name = _artifact(found, version), _full_name(found)
    origin = Origin(repository=repository.text("full_name")) if repository else Origin(project=name)
    page = found.optional_text("html_url") or f"https://github.com/{name}"
    source, tag = repository.text("html_url") if repository else page, _tag_of(version)
    at = found.optional_moment("updated_at") or found.optional_moment("created_at")
    object_id = f"{artifact} {tag or ''}"  # one image may be published by several names
    frame = told.frame("ArtifactPublished", source, origin, object_id, "published", at)
    return [
        ArtifactPublished(
            **frame,
            actor=actor_of(told.payload.optional_part("sender")),
            url=version.optional_text("html_url"),
            links=Links(sha=commit_in(version.optional_text("target_oid") or "")),
            artifact=artifact,
            action="published",
            name=f"{name}:{tag}" if tag else name,
        )
    ]


def _artifact(found: Payload, version: Payload) -> str:
    kind = _TYPES.get(found.text("package_type").lower())
    if kind is None:
        raise found.unfit("package_type", "a type of package that we know")
    if kind == "oci":
        return _image(found, version)
    registry = found.optional_part("registry")
    number = version.optional_text("version") or version.text("name")
    return package_url(
        kind, found.text("name"), number, repository_url=registry.optional_text("url") if registry else None
    )


def _image(found: Payload, version: Payload) -> str:
    """An image is known by its digest; where none is told, by its tag."""
    metadata = version.optional_part("container_metadata")
    told = metadata.optional_part("tag") if metadata else None
    digest = (told.optional_text("digest") if told else None) or _version_of(version)
    is_digest = ":" in (digest or "")
    address, _, _ = (version.optional_text("package_url") or "").rpartition(":")
    return package_url(
        "oci",
        found.text("name").rpartition("/")[2].lower(),
        digest if is_digest else None,
        repository_url=address,
        tag=None if is_digest else _tag_of(version),
    )


def _tag_of(version: Payload) -> str | None:
    """The tag of an image; None for what is no image, or has no tag."""
    metadata = version.optional_part("container_metadata")
    told = metadata.optional_part("tag") if metadata else None
    named = _version_of(version) if metadata else None
    return (told.optional_text("name") if told else None) or (named if named and ":" not in named else None)


def _version_of(version: Payload) -> str | None:
    return version.optional_text("version") or version.optional_text("name")


def _full_name(found: Payload) -> str:
    """`namespace/name`; some packages have the name in their namespace."""
    name, namespace = found.text("name"), found.optional_text("namespace") or ""
    return namespace if f"/{namespace}".endswith(f"/{name}") else f"{namespace}/{name}".lstrip("/")
