"""Where the primary artifact of a classic release comes from. Pure."""

import re

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.azure_devops.context import Context, branch_of
from schemas.events import Origin

_SHA = re.compile(r"[0-9a-f]{40}")


def artifact_of(release: Payload | None) -> Payload | None:
    """Where the primary artifact of a release comes from."""
    artifacts = list(release.parts("artifacts")) if release else []
    primary = next((one for one in artifacts if one.flag("isPrimary")), artifacts[0] if len(artifacts) == 1 else None)
    return primary.optional_part("definitionReference") if primary else None


def sha_of(artifact: Payload | None) -> str | None:
    """The commit: of the build that made the artifact, or the artifact itself where that is a repository."""
    for name in ("sourceVersion", "version"):
        told = _id(artifact, name)
        if told and _SHA.fullmatch(told):
            return told
    return None


def build_of(artifact: Payload | None) -> str | None:
    """The build that made the artifact; a version is one where its commit is told beside it."""
    return _id(artifact, "version") if _id(artifact, "sourceVersion") else None


def tickets_of(artifact: Payload | None) -> tuple[str, ...]:
    """The tickets that its branch names."""
    return tickets_in(branch_of(_id(artifact, "branch")))


def origin_of_release(context: Context, release: Payload | None, artifact: Payload | None) -> Origin:
    """The repository of the primary artifact, else the name of the release's definition, else the project."""
    repository = artifact.optional_part("repository") if artifact else None
    project = artifact.optional_part("project") if artifact else None
    if repository and _id(artifact, "repository.provider") == "GitHub" and repository.optional_text("id"):
        return Origin(repository=repository.text("id"))
    if repository and repository.optional_text("name") and project and project.optional_text("name"):
        return Origin(repository=f"{project.text('name')}/{repository.text('name')}")
    for part in (release, context.resource.optional_part("deployment")):
        definition = part.optional_part("releaseDefinition") if part else None
        if definition and definition.optional_text("name"):
            return Origin(project=definition.text("name"))
    return Origin(project=context.resource.part("project").text("name"))


def page_of_release(release: Payload | None) -> str | None:
    """The address of a release for people."""
    links = release.optional_part("_links") if release else None
    web = links.optional_part("web") if links else None
    return web.optional_text("href") if web else None


def _id(artifact: Payload | None, name: str) -> str | None:
    part = artifact.optional_part(name) if artifact else None
    return part.optional_text("id") if part else None
