"""Which issues of a forge a change names."""

import pytest

from producers.issue_references import named_issues


@pytest.mark.parametrize(
    ("branch", "title", "description", "tickets"),
    [
        ("SHOP-7-labels", "Print labels (SHOP-8)", None, ("SHOP-7", "SHOP-8")),
        ("23-labels", "Print labels", None, ("shop/cart#23",)),
        ("2026-03-release", "March", None, ()),
        (
            None,
            "SHOP-7 closes #4, #23 and other/cart#5; !12, &#8; ##9 #9a",
            None,
            ("SHOP-7", "shop/cart#4", "shop/cart#23"),
        ),
        (
            "main",
            "Labels",
            "Closes #4\nfixed: #5, as #6 said. Prefixes #7. See SHOP-9.",
            ("shop/cart#4", "shop/cart#5"),
        ),
        ("4-labels", "#4", "resolves #4", ("shop/cart#4",)),
        (None, None, None, ()),
    ],
)
def test_a_change_names_its_tickets_and_issues(
    branch: str | None, title: str | None, description: str | None, tickets: tuple[str, ...]
) -> None:
    assert named_issues("shop/cart", branch, title, description=description) == tickets


@pytest.mark.timeout(60)  # where time grows with the square of the text, these take hours
def test_no_text_takes_long_and_fifty_are_enough() -> None:
    found = named_issues("shop/cart", "1" * 100_000, " #1" * 100_000, description="closes " * 100_000)
    assert found == ("shop/cart#1",)
    assert len(named_issues("shop/cart", None, " ".join(f"#{number}" for number in range(1_000)))) == 50
