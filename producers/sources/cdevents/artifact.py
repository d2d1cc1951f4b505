"""What a package URL tells of the source that an artifact was made from. Pure. https://github.com/package-url/purl-spec"""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

_FORGES = frozenset({"github", "gitlab", "bitbucket"})
# Whole commit ids only: a short one joins nothing, and an image's digest (sha256:…) is no commit.
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_QUERY = re.compile("[?#]")


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


def repository_at(address: str) -> str | None:
    """`owner/name` of a repository's address, None where the text is no address of one.

    Addresses are `https://host/owner/name`, `host.tld/owner/name` or `git@host:owner/name`, with `.git` and `@commit`.
    """
    scheme, has_scheme, rest = _QUERY.split(address, maxsplit=1)[0].partition("://")
    host, _, path = (rest if has_scheme else scheme).partition("/")
    if not has_scheme and "@" in host:
        path = f"{host.partition(':')[2]}/{path}"
    elif not has_scheme and "." not in host:
        return None
    return path.partition("@")[0].strip("/").removesuffix(".git") or None


def commit_in(text: str) -> str | None:
    """The text if it is a whole commit id."""
    return text if _COMMIT.fullmatch(text) else None
