"""What the kit found, in words and as JSON. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from producers.conformance.check import Checked

_COLUMNS = ("source", "files", "mapped", "ignored", "dead", "exceptions", "understood", "median µs", "p99 µs", "faults")
_MOST_PLACES = 3


def lines(checked: Sequence[Checked], without_source: Sequence[str]) -> list[str]:
    """A table, a line for each reason of a dead letter and each finding, and the folders that no source reads."""
    rows = [_COLUMNS, *(_row(one) for one in checked)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    told = ["  ".join(_cell(*cell) for cell in zip(row, widths, range(len(row)), strict=True)).rstrip() for row in rows]
    for one in checked:
        told += [f"{one.source}: dead letters {count}: {reason}" for reason, count in sorted(one.dead_letters.items())]
        if one.excerpts:
            told.append(f"{one.source}: excerpts of a documentation, not to be understood: {one.excerpts}")
    for one in checked:
        for found in one.findings:
            level = "FAULT" if found.level == "fault" else "gap"
            told.append(f"{one.source}: {level}, {found.promise}: {found.said}; {found.remedy}{_places(found.where)}")
    if without_source:
        told.append(f"no source reads: {', '.join(without_source)}")
    return told


def as_json(checked: Sequence[Checked], without_source: Sequence[str]) -> str:
    """The same as one JSON object: the sources by name, and the folders that no source reads."""
    whole = {"sources": {one.source: _object(one) for one in checked}, "without_source": list(without_source)}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def has_failed(checked: Sequence[Checked]) -> bool:
    """Whether a source breaks a promise: an exception, a forgery accepted, a wrong id … Gaps do not fail."""
    return any(one.faults or one.exceptions for one in checked)


def _row(one: Checked) -> tuple[str, ...]:
    share = "-" if one.understood is None else f"{one.understood:.1%}"
    median, p99 = ("-" if value is None else f"{value:.0f}" for value in (one.cost.median_us, one.cost.p99_us))
    numbers = (one.files, one.mapped, one.ignored, sum(one.dead_letters.values()) + one.refused, one.exceptions)
    return (one.source, *map(str, numbers), share, median, p99, str(one.faults))


def _cell(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)


def _places(where: Sequence[str]) -> str:
    if not where:
        return ""
    more = f" and {len(where) - _MOST_PLACES} more" if len(where) > _MOST_PLACES else ""
    return f" ({'; '.join(where[:_MOST_PLACES])}{more})"


def _object(one: Checked) -> dict[str, Any]:
    return {
        "source": one.source,
        "files": one.files,
        "mapped": one.mapped,
        "ignored": one.ignored,
        "dead_letters": dict(one.dead_letters),
        "refused": one.refused,
        "excerpts": one.excerpts,
        "exceptions": one.exceptions,
        "understood": one.understood,
        "median_us": one.cost.median_us,
        "p99_us": one.cost.p99_us,
        "folders": dict(one.folders),
        "faults": one.faults,
        "findings": [asdict(found) for found in one.findings],
    }
