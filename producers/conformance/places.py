"""The values of a JSON document by where they stand, and the document with one of them changed. Pure."""

import re
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
GONE = object()
"""In the place of a value: the value is not there."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_MINUTE = re.compile(r"(\d{2}:)(\d{2})")
_EPOCH_S = range(10**9, 2 * 10**9)
_EPOCH_MS = range(10**12, 2 * 10**12)


def places(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value below `document` with its path, objects and lists among them."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield (*path, key), value
        yield from places(value, (*path, key))


def leaves(document: Any) -> Iterator[tuple[Path, Any]]:
    """Every value that is neither an object nor a list, with its path."""
    return ((path, value) for path, value in places(document) if not isinstance(value, dict | list))


def changed(document: Any, path: Path, value: Any) -> Any:
    """A copy of `document` with `value` at `path`; what does not change is shared with the original."""
    step, *below = path
    copy: Any = dict(document) if isinstance(document, dict) else list(document)
    if below:
        copy[step] = changed(document[step], tuple(below), value)
    elif value is GONE:
        del copy[step]
    else:
        copy[step] = value
    return copy


def written(path: Path) -> str:
    """A path as a dead letter names it: `builds[0].status`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def is_time(value: Any) -> bool:
    """Whether a value looks like a moment: ISO 8601, or seconds or milliseconds since 1970 of this time."""
    if isinstance(value, str):
        return _TIME.match(value) is not None
    return not isinstance(value, bool) and isinstance(value, int | float) and _is_epoch(value)


def another(value: Any) -> Any:
    """A value of the same kind that says something else: a later time, another number, another text."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + (60_000 if int(value) in _EPOCH_MS else 60 if int(value) in _EPOCH_S else 1)
    if not isinstance(value, str):
        return value
    if is_time(value):
        return _MINUTE.sub(lambda match: f"{match[1]}{(int(match[2]) + 1) % 60:02}", value, count=1)
    return value[:-1] + ("0" if value[-1:] != "0" else "1") if _is_hash(value) else f"{value}9"


def _is_epoch(value: float) -> bool:
    return value == value and abs(value) < 10**15 and (int(value) in _EPOCH_S or int(value) in _EPOCH_MS)


def _is_hash(text: str) -> bool:
    """Whether a text is one of which the length matters: a commit's id, a UUID."""
    return len(text) >= 32 and re.fullmatch(r"[0-9a-fA-F-]+", text) is not None
