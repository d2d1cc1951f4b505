"""The fields of a row, read from a record's values: what does not fit its column is named. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.model import END_OF_MOMENTS, FIRST_MOMENT

Values = Mapping[str, Any]

EPOCH = FIRST_MOMENT
MILLISECOND = timedelta(milliseconds=1)
# One insert may touch 100 partitions of a table, and events are partitioned by year: no more years than that.
_LAST_MS = (END_OF_MOMENTS - EPOCH) // MILLISECOND


class NotARow(ValueError):
    """The record's own fault: it goes to the dead letters. `field` names what did not fit."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".strip())
        self.field = field


def text_of(values: Values, name: str) -> str:
    """The text called `name`, '' where it is null or absent. Raises NotARow."""
    value = values.get(name)
    if value is None:
        return ""
    if type(value) is not str:
        raise NotARow(name, "is no text")
    return value


def uuid_of(value: str, name: str) -> UUID:
    """`value` as a UUID; `name` is what it is called. Raises NotARow."""
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:  # what UUID raises for other text, and for no text
        raise NotARow(name, "is no UUID") from error


def milliseconds_of(value: str, name: str) -> int:
    """The epoch milliseconds of an ISO 8601 time with its zone. Raises NotARow."""
    try:
        milliseconds = (datetime.fromisoformat(value) - EPOCH) // MILLISECOND
    except (ValueError, TypeError) as error:  # not a time; a time without a zone cannot be subtracted
        raise NotARow(name, "is no time with a zone") from error
    if not 0 <= milliseconds < _LAST_MS:
        raise NotARow(name, "lies outside the years 1970 to 2069")
    return milliseconds


def integer_of(values: Values, name: str, bits: int, default: int | None = None) -> int:
    """The whole number called `name`, not negative. Raises NotARow."""
    value = values[name] if default is None else values.get(name, default)
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise NotARow(name, f"is no whole number of {bits} bits")
    return value


def integer_or_none(values: Values, name: str, bits: int) -> int | None:
    """The whole number called `name`, None where it is null or absent. Raises NotARow."""
    value = values.get(name)
    if value is not None and (type(value) is not int or not -(1 << bits) <= value < 1 << bits):
        raise NotARow(name, f"is no whole number of {bits} bits")
    return value


def number_or_none(values: Values, name: str) -> float | None:
    """The number called `name`, None where it is null or absent. Raises NotARow."""
    value = values.get(name)
    if value is not None and type(value) not in (int, float):
        raise NotARow(name, "is no number")
    return value


def number_of(values: Values, name: str) -> float:
    """The number called `name`. Raises NotARow, and KeyError where it is absent."""
    value = values[name]
    if type(value) not in (int, float):
        raise NotARow(name, "is no number")
    return float(value)
