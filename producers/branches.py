"""What the commits of a push tell of the branch that they reached. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

_Commit = TypeVar("_Commit")


def oldest_first(commits: Sequence[_Commit], shas: Sequence[str], after: str) -> list[_Commit]:
    """The commits of a push in the order in which they were made, by whichever end the branch's newest, `after`, is."""
    return list(commits[::-1] if shas and shas[0] == after else commits)


def own_commits(parents: Mapping[str, Sequence[str]], after: str) -> frozenset[str]:
    """The commits that were made for a branch: what a merge brought along, as its second parent, had been on another.

    `parents` are those of each commit of a push, `after` is the branch's newest.
    """
    own: set[str] = set()
    found = after
    while found in parents and found not in own:
        own.add(found)
        found = next(iter(parents[found]), "")
    return frozenset(own)
