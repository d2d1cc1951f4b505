"""Which revisions of which sources an operation of Argo CD is about. Pure."""

from typing import NamedTuple

from producers.addresses import commit_in, repository_at
from producers.payload import Payload


class Revision(NamedTuple):
    """The revision of each source; the first that is a commit, and the repository that it is in."""

    each: tuple[str, ...]
    sha: str | None
    repository: str | None


def revision_of(result: Payload | None, sync: Payload, spec: Payload) -> Revision:
    """What was synced, or is to be: while the operation runs there may be no result yet."""
    done = revisions_in(result) if result else ()
    revisions = done or revisions_in(sync)
    sources = sources_in(result) if result and done else sources_in(spec)
    for source, revision in zip(sources, revisions, strict=False):
        if sha := commit_in(revision):
            return Revision(revisions, sha, repository_at(source.optional_text("repoURL") or ""))
    return Revision(revisions, next(filter(commit_in, revisions), None), None)


def revisions_in(holder: Payload) -> tuple[str, ...]:
    """The revision of each source, of one or of several."""
    one = holder.optional_text("revision")
    return tuple(holder.texts("revisions")) or ((one,) if one else ())


def sources_in(holder: Payload) -> list[Payload]:
    """The sources, one or several; of an app whose manifests are hydrated, those that its people write."""
    hydrator = holder.optional_part("sourceHydrator")
    one = holder.optional_part("source") or (hydrator.optional_part("drySource") if hydrator else None)
    return list(holder.parts("sources")) or ([one] if one else [])
