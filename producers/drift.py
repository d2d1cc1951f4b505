"""How a vendor's payloads change: which fields they have, of which types, and how that differs between two times. Pure.

A field is a dotted path; `[]` stands for every item of a list, and `*` for a key that is somebody's own, such as a
number or a hash: payloads that differ in those alone have the same fields.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

_OWN_KEY = re.compile(r"\d+|[0-9a-f]{7,}|.*[^\w$-].*|.{65,}", re.DOTALL)
_TYPES = {
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
    dict: "object",
    list: "list",
}
MOST_FIELDS = 20_000
"""Fields of one event that are told apart: a payload whose keys are data cannot take all memory."""
CHANCE = 0.05
"""How probable it may be that a field is missing by chance and is told all the same."""


@dataclass
class Shape:
    """The fields of the payloads of one event: in how many payloads each was, by type. `crowded` if some were left
    out."""

    payloads: int = 0
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    crowded: bool = False

    def add(self, document: object) -> None:
        """Counts a payload."""
        self.payloads += 1
        for path, type_ in dict.fromkeys(_fields(document)):
            found = self.fields.get(path)
            if found is None:
                if len(self.fields) >= MOST_FIELDS:
                    self.crowded = True
                    continue
                found = self.fields[path] = Counter()
            found[type_] += 1

    def count(self, path: str) -> int:
        """In how many payloads a field was, of whatever type; one that had several types in a payload counts once."""
        return min(self.payloads, sum(self.fields.get(path, {}).values()))


@dataclass(frozen=True, slots=True)
class Drifted:
    """A field that is not what it was, with the number of payloads that had it, by type, before and after."""

    source: str
    event: str
    field: str
    change: Literal["appeared", "vanished", "type"]
    before: Mapping[str, int]
    after: Mapping[str, int]
    payloads_before: int
    payloads_after: int


def drift(source: str, event: str, before: Shape, after: Shape) -> list[Drifted]:
    """The fields that appeared, vanished or have a type that they never had, each once: below such a field nothing
    more is told.

    A field that is in some payloads only is told where it is in so many of the one time that it could not be missing
    from all of the other by chance. Null is the absence of a value, not a type of its own. Of an event with no payloads
    in one of the two times nothing can be told.
    """
    if not before.payloads or not after.payloads:
        return []
    found: list[Drifted] = []
    told: set[str] = set()
    for path in sorted(before.fields.keys() | after.fields.keys()):
        change = _change(path, before, after)
        if change is None or any(above in told for above in _above(path)):
            continue
        told.add(path)
        old, new = (dict(shape.fields.get(path, {})) for shape in (before, after))
        found.append(Drifted(source, event, path, change, old, new, before.payloads, after.payloads))
    return found


def _change(path: str, before: Shape, after: Shape) -> Literal["appeared", "vanished", "type"] | None:
    old, new = before.fields.get(path), after.fields.get(path)
    if old is None:
        return "appeared" if _is_no_chance(path, after, before) else None
    if new is None:
        return "vanished" if _is_no_chance(path, before, after) else None
    known = old.keys() - {"null"}
    return "type" if known and new.keys() - {"null"} - known else None


def _is_no_chance(path: str, there: Shape, absent: Shape) -> bool:
    """Whether a field is too frequent in some payloads to be missing from all others by chance."""
    share = there.count(path) / there.payloads
    return not absent.crowded and (1 - share) ** absent.payloads <= CHANCE


def _above(path: str) -> Iterator[str]:
    for index, character in enumerate(path):
        if character in ".[":
            yield path[:index]


def _fields(document: object) -> Iterator[tuple[str, str]]:
    """Every field of a payload with its type; without recursion, for a payload is as deep as its sender likes."""
    open_: list[tuple[str, object]] = [("", document)]
    while open_:
        path, value = open_.pop()
        if path:
            yield path, _TYPES.get(type(value), "other")
        if isinstance(value, dict):
            open_ += [(f"{path}.{_key(key)}" if path else _key(key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            open_ += [(f"{path}[]", inner) for inner in value]


def _key(key: str) -> str:
    return "*" if _OWN_KEY.fullmatch(key) else key
