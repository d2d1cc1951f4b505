"""A promise that a source does not keep, and how to mend it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Promise = Literal[
    "verification", "totality", "identity", "order", "clock", "bots", "tiers", "size", "cost", "fixtures", "docs"
]
Level = Literal["fault", "gap"]
"""A fault makes wrong numbers or lets somebody else make them; a gap is work that is left to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one promise. `remedy` says what to do, `where` at which payloads or fields it was seen."""

    promise: Promise
    level: Level
    said: str
    remedy: str
    where: tuple[str, ...] = ()


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those that say the same in one with all their places; faults first."""
    places: dict[tuple[Promise, Level, str, str], dict[str, None]] = {}
    for one in findings:
        places.setdefault((one.promise, one.level, one.said, one.remedy), {}).update(dict.fromkeys(one.where))
    found = [Finding(*what, tuple(where)) for what, where in places.items()]
    return sorted(found, key=lambda one: one.level)
