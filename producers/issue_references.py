"""Issues that a change names, where a forge is its own tracker. Pure."""

import re

from producers.references import MOST_TICKETS, tickets_in

_ISSUE = re.compile(r"(?<![\w&/#])#(\d{1,18})(?!\w)", re.ASCII)
# Forges name the branch that they make for an issue after its number; a date is none.
_BRANCH_OF_ISSUE = re.compile(r"(\d{1,18})-[A-Za-z]", re.ASCII)
# The words by which GitHub and GitLab close an issue when the change is merged.
_CLOSES = re.compile(
    r"\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)):? #(\d{1,18})(?!\w)", re.ASCII | re.I
)
_LONGEST = 10_000


def named_issues(
    repository: str, branch: str | None, *texts: str | None, description: str | None = None
) -> tuple[str, ...]:
    """The tickets that a branch, titles and a description name, each once: keys of a tracker, and issues of
    `repository` as they are written outside it, such as shop/cart#23.

    A description names many issues: only those that it says are closed count.
    """
    own = _BRANCH_OF_ISSUE.match(branch or "")
    numbers = [own[1]] if own else []
    numbers += [number for text in texts if text for number in _ISSUE.findall(text)]
    numbers += _CLOSES.findall((description or "")[:_LONGEST])
    keys = (*tickets_in(branch, *texts), *(f"{repository}#{number}" for number in numbers))
    return tuple(dict.fromkeys(keys))[:MOST_TICKETS]
