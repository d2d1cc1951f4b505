"""Which deliveries did not arrive, of all attempts that a vendor knows."""

from datetime import UTC, datetime, timedelta

import pytest

from producers.reconciling.attempts import Asked, Attempt, undelivered
from producers.reconciling.vendor import is_ours

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


def attempt(id_: int, key: str, arrived: bool = False) -> Attempt:
    return Attempt(id_, key, "push", arrived)


def test_what_arrived_once_is_not_missing_whatever_failed_before_or_after() -> None:
    attempts = [attempt(1, "a"), attempt(2, "a", arrived=True), attempt(3, "a"), attempt(4, "b", arrived=True)]
    assert undelivered(attempts, {}, NOW) == []


def test_of_what_never_arrived_the_newest_attempt_is_told_and_the_oldest_delivery_first() -> None:
    attempts = [attempt(9, "b"), attempt(5, "a"), attempt(7, "a"), attempt(2, "c")]
    assert undelivered(attempts, {}, NOW) == [attempt(2, "c"), attempt(7, "a"), attempt(9, "b")]


def test_what_was_asked_for_is_not_asked_for_again_until_it_failed_or_an_hour_has_passed() -> None:
    asked = {"a": Asked(1, NOW - timedelta(minutes=5))}
    assert undelivered([attempt(1, "a")], asked, NOW) == []
    assert undelivered([attempt(1, "a"), attempt(2, "a")], asked, NOW) == [attempt(2, "a")]
    assert undelivered([attempt(1, "a")], asked, NOW + timedelta(hours=1)) == [attempt(1, "a")]


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://gauge.example/hooks/github", True),
        ("https://gauge.example/behind/a/proxy/hooks/github/", True),
        ("https://gauge.example/hooks/github/t0ken", True),
        ("https://gauge.example/hooks/gitlab", False),
        ("https://chat.example/services/hooks", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_a_hook_is_ours_by_its_path(url: object, ours: bool) -> None:
    assert is_ours(url, "github") is ours
