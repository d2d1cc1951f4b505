"""What the commits of a push tell of the branch that they reached."""

import pytest

from producers.branches import oldest_first, own_by_words, own_commits
from producers.references import change_in

LINE = {"c": ("b",), "b": ("a",)}


def test_commits_come_oldest_first_by_whichever_end_the_newest_is() -> None:
    assert oldest_first("cba", "cba", "c") == ["a", "b", "c"]
    assert oldest_first("abc", "abc", "c") == ["a", "b", "c"]
    assert oldest_first("", "", "c") == []


@pytest.mark.parametrize(
    ("parents", "own"),
    [
        (LINE, {"b", "c"}),
        ({"m": ("b", "f"), "f": ("a",), "b": ("a",)}, {"m", "b"}),
        ({}, set()),
        ({"c": ()}, {"c"}),
        ({"c": ("c",)}, {"c"}),  # no repository has such a commit, but a forger may send it
    ],
)
def test_what_a_merge_brought_along_was_made_for_another_branch(
    parents: dict[str, tuple[str, ...]], own: set[str]
) -> None:
    assert own_commits(parents, next(iter(parents), "c")) == own


@pytest.mark.parametrize(
    ("subject", "change"),
    [
        ("Speed up the cart (#12)", "12"),
        ("Merge pull request #12 from acme/faster", "12"),
        ("Merge pull request 'Speed up the cart' (#12) from faster into main", "12"),
        ("Merged PR 12: Speed up the cart", "12"),
        ("Merged in faster/cart (pull request #12)", "12"),
        ("Pull request #12: Speed up the cart", "12"),
        ("Speed up the cart (!12)", "12"),
        ("Merge branch 'main' into faster", None),
        ("Unmerged PR 12", None),
        ("Merged PR twelve", None),
        ("About pull request #12: it is slow", None),
    ],
)
def test_the_words_of_a_merge_name_its_change(subject: str, change: str | None) -> None:
    assert change_in(subject) == change


@pytest.mark.parametrize(
    ("subjects", "own"),
    [
        ([], []),
        (["Add", "Count"], [True, True]),
        (["Add", "Count", "Merge pull request 'Faster' (#12) from faster into main"], [False, False, True]),
        (["Speed up", "Merge branch 'main' into faster", "Count"], [False, True, True]),
        (["Merged PR 11: Add", "Count", "Merged PR 12: Faster"], [True, False, True]),
        (["Merge sort", "Merger of trees"], [True, True]),
    ],
)
def test_what_is_older_than_a_merge_may_have_come_along_with_it(subjects: list[str], own: list[bool]) -> None:
    assert own_by_words(subjects) == own
