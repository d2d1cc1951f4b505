"""What the commits of a push tell of the branch that they reached. Pure."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from producers.references import tells_a_merge

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


def own_by_words(subjects: Sequence[str]) -> list[bool]:
    """Whether each commit of a push, oldest first, was made for its branch, where no parents are told but their words.

    What is older than a merge may have come along with it, from a branch that had it before.
    """
    merges = [tells_a_merge(subject) for subject in subjects]
    newest = max((index for index, merge in enumerate(merges) if merge), default=0)
    return [merge or index >= newest for index, merge in enumerate(merges)]
