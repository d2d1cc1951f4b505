"""What an expression gave, as the type that a canonical field wants. Pure.

Identifiers may be numbers, times ISO 8601 or seconds or milliseconds since 1970. What is null, empty or absent counts
as not said.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from producers.personal import is_hashed
from schemas.event_fields import without_none
from schemas.events import Actor

_MILLISECONDS_FROM = 100_000_000_000
"""As seconds it lies in the year 5138, as milliseconds in 1973."""


class Unfit(Exception):
    """A value that is not what its field wants; the text says what was wanted."""


def as_wanted(annotation: Any, value: object) -> Any:
    """`value` as `annotation` wants it; None where nothing is said. Raises Unfit."""
    annotation, _ = without_none(annotation)
    if get_origin(annotation) is Annotated:
        return as_wanted(get_args(annotation)[0], value)
    if value is None or value == "":
        return None
    if get_origin(annotation) is tuple:
        return _list(get_args(annotation)[0], value)
    if get_origin(annotation) is Literal:
        return _word(get_args(annotation), value)
    if issubclass(annotation, BaseModel):
        return _object(annotation, value)
    return _SCALARS[annotation](value)


def moment_of(value: object) -> datetime:
    """A time in UTC: ISO 8601 with its offset, or seconds or milliseconds since 1970. Raises Unfit."""
    try:
        if isinstance(value, str):
            if not value.replace(".", "", 1).isdecimal():
                moment = datetime.fromisoformat(value)
                if moment.tzinfo is not None:
                    return moment.astimezone(UTC)
                raise Unfit("a time with its offset, such as 2026-03-02T09:00:00Z")
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):  # no time, or one beyond what a computer counts
        pass
    raise Unfit("a time: ISO 8601 with its offset, or seconds or milliseconds since 1970")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unfit("a text or a whole number")
    return str(value)


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("a whole number")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


_SCALARS: dict[Any, Any] = {str: _text, int: _number, bool: _flag, AwareDatetime: moment_of}


def _word(words: tuple[Any, ...], value: object) -> str:
    for word in words:
        if value == word:
            return str(word)
    raise Unfit(f"one of {', '.join(words)}")


def _list(annotation: Any, value: object) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Unfit("a list")
    return tuple(found for one in value if (found := as_wanted(annotation, one)) is not None)


def _object(model: type[BaseModel], value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit("an object")
    unknown = value.keys() - model.model_fields.keys()
    if unknown:
        raise Unfit(f"an object of {', '.join(model.model_fields)}")
    found = {name: as_wanted(model.model_fields[name].annotation, inner) for name, inner in value.items()}
    if model is Actor:
        check_actor(found.get("id"))
    return {name: inner for name, inner in found.items() if inner is not None}


def check_actor(identity: str | None) -> None:
    """Raises Unfit unless a person's name was hashed before it came here."""
    if identity is not None and not is_hashed(identity):
        raise Unfit("hashed; name the path of this person in `personal:`")
