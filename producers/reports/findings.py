"""What scans come to: how many findings are open, by severity. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from producers.mapping.values import Unfit, moment_of

Severity = Literal["critical", "high", "medium", "low", "other"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "other")
_FLOORS: tuple[tuple[float, Severity], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))


def by_score(score: object) -> Severity | None:
    """The severity of a CVSS score, by its own scale; None where it is no score from 0 to 10."""
    try:
        value = float(score) if isinstance(score, str | int | float) and not isinstance(score, bool) else -1.0
    except (ValueError, OverflowError):  # a text that is no number, or an integer beyond all numbers
        return None
    if not 0 <= value <= 10:
        return None
    return next((severity for floor, severity in _FLOORS if value >= floor), "other")


def worst(severities: Iterable[Severity]) -> Severity:
    """The gravest of several; other where there is none."""
    return min(severities, key=SEVERITIES.index, default="other")


def counts_of(open_: Iterable[Severity]) -> dict[str, int]:
    """How many are open, for each severity: what was looked for and not found is 0."""
    counted = Counter(open_)
    return {severity: counted[severity] for severity in SEVERITIES}


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of what should be a list of them; what else is there is passed over."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(value: object, name: str) -> dict[str, Any]:
    """The object `name` of an object, an empty one where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text_of(value: object, name: str) -> str:
    """The text `name` of an object, '' where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return found.strip() if isinstance(found, str) else ""


def moment_in(text: object) -> datetime | None:
    """A time with its offset; None where there is none."""
    try:
        return moment_of(text) if isinstance(text, str) else None
    except Unfit:  # the counts are worth having without it
        return None
