"""What a package URL tells of the source that an artifact was made from. Pure. https://github.com/package-url/purl-spec"""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from producers.addresses import commit_in, repository_at

_FORGES = frozenset({"github", "gitlab", "bitbucket"})


class Artifact(NamedTuple):
    """The artifact's name, and the repository and commit it was built from; '' and None for what is not told."""

    name: str
    repository: str | None
    commit: str | None


def artifact_of(identifier: str) -> Artifact:
    """The artifact that a package URL names; any other identifier is its own name."""
    if not identifier.startswith("pkg:"):
        return Artifact(identifier, None, None)
    path, _, query = identifier.removeprefix("pkg:").partition("#")[0].partition("?")
    kind, *namespace, last = path.strip("/").split("/") if "/" in path.strip("/") else ("", path)
    name, _, version = last.partition("@")
    vcs = dict(parse_qsl(query)).get("vcs_url", "")
    repository = repository_at(vcs)
    if repository is None and kind in _FORGES and namespace:
        repository = unquote("/".join([*namespace, name]))
    return Artifact(unquote(name), repository, commit_in(unquote(version)) or commit_in(vcs.rpartition("@")[2]))
