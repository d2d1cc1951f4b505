"""One line of the doctor. Pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]
_WORDS: dict[Level, str] = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, what was found, and what to do about it ('' where nothing is)."""

    name: str
    level: Level
    said: str
    remedy: str = ""


def ok(name: str, said: str) -> Check:
    return Check(name, "ok", said)


def warn(name: str, said: str, remedy: str) -> Check:
    return Check(name, "warn", said, remedy)


def fail(name: str, said: str, remedy: str) -> Check:
    return Check(name, "fail", said, remedy)


def lines(checks: Iterable[Check]) -> list[str]:
    """A line for each check: level, name, what was found; what to do."""
    all_checks = list(checks)
    width = max((len(check.name) for check in all_checks), default=0)
    return [
        f"{_WORDS[check.level]}  {check.name:<{width}}  {'; '.join(filter(None, (check.said, check.remedy)))}"
        for check in all_checks
    ]


def as_json(checks: Iterable[Check]) -> str:
    """The checks as a JSON array."""
    return json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False)


def has_failed(checks: Iterable[Check]) -> bool:
    """Whether a line fails; warnings do not count."""
    return any(check.level == "fail" for check in checks)


def some(names: Iterable[str], at_most: int = 5) -> str:
    """The first few names, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - at_most} more" if len(known) > at_most else ""
    return ", ".join(known[:at_most]) + more
