"""What CircleCI tells of the commit that a pipeline is for. Pure.

`vcs` tells it for projects of GitHub's OAuth app and of Bitbucket Cloud, `trigger_parameters` for all others.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from producers.actors import actor_named
from producers.addresses import commit_in, repository_at
from producers.payload import Payload
from producers.references import change_of, subject_of, tickets_in
from schemas.events import Actor, Links


@dataclass(frozen=True, slots=True)
class Commit:
    """The objects of a pipeline that tell of its commit; any may lack any field."""

    parts: tuple[Payload, ...]

    @property
    def repository(self) -> str | None:
        """The repository that is built, also where the commit was made in a fork."""
        return repository_at(self._first("target_repository_url", "web_url", "checkout_url", "repo_url") or "")

    @property
    def branch(self) -> str | None:
        """The branch; None for a tag."""
        return self._first("branch")

    @property
    def actor(self) -> Actor | None:
        """Who pushed or asked for it."""
        return actor_named(self._first("user_username", "author_login"))

    def links(self, run: str) -> Links:
        """What a run of the pipeline can be joined to. The branch of a change from a fork is called pull/12."""
        branch = self.branch
        subject = subject_of(self._first("subject", "commit_title", "commit_message") or "")
        sha = commit_in(self._first("revision", "checkout_sha", "commit_sha") or "")
        return Links(tickets=tickets_in(branch, subject), sha=sha, change=change_of(branch), run=run)

    def _first(self, *names: str) -> str | None:
        return next((text for part in self.parts for name in names if (text := part.optional_text(name))), None)


def commit_of(pipeline: Payload) -> Commit:
    """The commit of a pipeline."""
    return Commit(tuple(_parts(pipeline)))


def _parts(pipeline: Payload) -> Iterator[Payload]:
    if (vcs := pipeline.optional_part("vcs")) is not None:
        yield vcs
        if (commit := vcs.optional_part("commit")) is not None:
            yield commit
    if (parameters := pipeline.optional_part("trigger_parameters")) is not None:
        for name in ("git", "gitlab", "github_app"):
            if (part := parameters.optional_part(name)) is not None:
                yield part
