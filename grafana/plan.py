"""What a sync has to change in a Grafana: what should be there against what was found, and how people read it.

Only what we state is compared: Grafana adds fields of its own to everything it keeps.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["folder", "data source", "dashboard", "alert rule"]
Action = Literal["create", "update", "remove"]
Key = tuple[Kind, str]

_SIGNS: dict[Action, str] = {"create": "+", "update": "~", "remove": "-"}
_DURATION_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}


@dataclass(frozen=True)
class Item:
    """Something that should be in Grafana, under its uid."""

    kind: Kind
    uid: str
    fields: Mapping[str, Any]

    @property
    def key(self) -> Key:
        return self.kind, self.uid


@dataclass(frozen=True)
class FoundItem:
    """Something that is there. `locked` says why nobody may change it over the API, '' if one may."""

    fields: Mapping[str, Any]
    locked: str = ""


@dataclass(frozen=True)
class Difference:
    """A field by its path that is `before` and should be `after`; None is absent."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One thing to do. `item` is None where something is to be removed."""

    action: Action
    kind: Kind
    uid: str
    item: Item | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The changes in the order in which they have to be made, and what is left alone although it differs."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


def plan(desired: Sequence[Item], found: Mapping[Key, FoundItem], obsolete: Collection[str]) -> Plan:
    """What to change so that the found is the desired. `obsolete` are uids of alert rules of ours to remove."""
    changes, notes = [], []
    for item in desired:
        there = found.get(item.key)
        if there is None:
            changes.append(Change("create", item.kind, item.uid, item))
            continue
        differences = tuple(compare(item.fields, there.fields))
        if differences and there.locked:
            notes.append(f"{item.kind} {item.uid} differs, and is left alone: {there.locked}")
        elif differences:
            changes.append(Change("update", item.kind, item.uid, item, differences))
    for uid in sorted(obsolete):
        there = found["alert rule", uid]
        if there.locked:
            notes.append(f"alert rule {uid} is in no configuration, and is left alone: {there.locked}")
        else:
            changes.append(Change("remove", "alert rule", uid))
    return Plan(tuple(changes), tuple(notes))


def compare(desired: Any, found: Any, path: str = "") -> Iterator[Difference]:
    """Where the found lacks what is desired. What we leave empty may be absent."""
    if isinstance(desired, Mapping) and isinstance(found, Mapping):
        for name, value in desired.items():
            yield from compare(value, found.get(name), f"{path}.{name}" if path else name)
    elif isinstance(desired, list) and isinstance(found, list) and len(desired) == len(found):
        for number, pair in enumerate(zip(desired, found, strict=True)):
            yield from compare(*pair, f"{path}[{number}]")
    elif not _same(desired, found, path):
        yield Difference(path, found, desired)


def readable(what: Plan) -> str:
    """The plan as people read a diff, with a last line that counts."""
    lines = [line for change in what.changes for line in _lines(change)]
    lines += [f"! {note}" for note in what.notes]
    counts = [
        f"{sum(change.action == action for change in what.changes)} to {action}"
        for action in _SIGNS
        if any(change.action == action for change in what.changes)
    ]
    return "\n".join([*lines, ", ".join(counts) if counts else "nothing to change"])


def _same(desired: Any, found: Any, path: str) -> bool:
    is_empty = desired is False or (not desired and not isinstance(desired, int | float))
    if desired == found or (found is None and is_empty):
        return True
    if path.endswith("schemaVersion"):  # a newer Grafana migrates a board when it keeps it
        return isinstance(found, int) and found > desired
    return path == "for" and _seconds(str(desired)) == _seconds(str(found))


def _seconds(text: str) -> float:
    """Seconds of Grafana's durations: it gives 90s back as 1m30s."""
    return sum(int(number) * _DURATION_S[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def _lines(change: Change) -> Iterator[str]:
    yield f"{_SIGNS[change.action]} {change.kind} {change.uid}"
    for difference in change.differences:
        before, after = difference.before, difference.after
        if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
            yield f"    {difference.path}:"
            changed = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm=""))[2:]
            yield from (f"      {line}" for line in changed)
        else:
            yield f"    {difference.path}: {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    if value is None:
        return "(absent)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."
