"""What each commit of a branch's first-parent line brought to it. Pure.

The branch's own line never changes but grows at its end, and what a commit of it brought follows from that commit
alone. So the pushes of yesterday's import are the first pushes of today's.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

MOST_COMMITS = 200
"""Commits of one push; a commit that brought more is told in several."""


@dataclass(frozen=True, slots=True)
class PlainCommit:
    """A commit as git has it: times in seconds since 1970. `paths` is None where there were too many to tell."""

    sha: str
    parents: tuple[str, ...]
    authored_at: int
    committed_at: int
    name: str
    email: str
    subject: str
    paths: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Push:
    """Commits that came to the branch together, from the oldest to the newest.

    `before` is where the branch stood, `began_at` the earliest author time of all that came. `complete` is false for
    all but the last part of a push that was cut.
    """

    before: str | None
    commits: tuple[PlainCommit, ...]
    began_at: int
    complete: bool = True


def pushes(commits: Iterable[PlainCommit], mainline: Container[str]) -> Iterator[Push]:
    """The pushes of a branch. `commits` come parents first, `mainline` tells the first-parent line.

    Commits beside the line are held until a commit of the line brings them: memory grows with the largest merge only.
    """
    aside: dict[str, PlainCommit] = {}
    for commit in commits:
        if commit.sha not in mainline:
            aside[commit.sha] = commit
            continue
        brought = [*_taken(commit.parents[1:], aside), commit]
        began_at = min(one.authored_at for one in brought)
        before = commit.parents[0] if commit.parents else None
        while len(brought) > MOST_COMMITS:
            yield Push(before, tuple(brought[:MOST_COMMITS]), began_at, complete=False)
            brought = brought[MOST_COMMITS:]
        yield Push(before, tuple(brought), began_at)


def _taken(heads: Iterable[str], aside: dict[str, PlainCommit]) -> Iterator[PlainCommit]:
    """Takes the commits behind `heads` out of `aside`, parents first, in an order that only they decide."""
    for head in heads:
        open_: list[PlainCommit | str] = [head]
        while open_:
            one = open_.pop()
            if isinstance(one, PlainCommit):
                yield one
            elif one in aside:
                commit = aside.pop(one)
                open_.append(commit)
                open_.extend(reversed(commit.parents))
