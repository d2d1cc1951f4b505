"""What addresses of repositories and ids of revisions tell: the repository and the whole commit. Pure."""

import re

# Whole commit ids only: a short one joins nothing, and an image's digest (sha256:…) is no commit.
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_QUERY = re.compile("[?#]")


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
