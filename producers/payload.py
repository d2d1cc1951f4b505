"""Typed access to a vendor's JSON: what is missing or of another type becomes an Unmappable that names it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

from producers.source import Unmappable
from schemas.model import FIRST_MOMENT

_RUBY_OFFSET = re.compile(r" (UTC|[+-]\d{4})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payload:
    """An object of a payload; `path` says where in the document it stands."""

    value: dict[str, Any]
    path: str = ""

    def part(self, name: str) -> Self:
        """The object called `name`."""
        found = self._given(name)
        if not isinstance(found, dict):
            raise self.unfit(name, "an object")
        return type(self)(found, self._field(name))

    def optional_part(self, name: str) -> Self | None:
        """The object called `name`, None where it is null or absent."""
        return self.part(name) if self.value.get(name) is not None else None

    def parts(self, name: str) -> Iterator[Self]:
        """The objects of the list `name`; none where it is null or absent."""
        found = self.value.get(name)
        if found is None:
            return
        if not isinstance(found, list):
            raise self.unfit(name, "a list")
        for index, one in enumerate(found):
            field = f"{self._field(name)}[{index}]"
            if not isinstance(one, dict):
                raise Unmappable(f"the field {field} is not an object", field)
            yield type(self)(one, field)

    def text(self, name: str) -> str:
        """The text `name`."""
        found = self._given(name)
        if not isinstance(found, str) or not found:
            raise self.unfit(name, "a text")
        return found

    def optional_text(self, name: str) -> str | None:
        """The text `name`, None where it is null, empty or absent."""
        return self.text(name) if self.value.get(name) not in (None, "") else None

    def texts(self, name: str) -> list[str]:
        """The list of texts `name`; none where it is null or absent."""
        found = self.value.get(name)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.unfit(name, "a list of texts")
        return found

    def id(self, name: str) -> str:
        """The identifier `name`: digits or a text."""
        found = self._given(name)
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            raise self.unfit(name, "an identifier")
        return str(found)

    def number(self, name: str, default: int | None = None) -> int:
        """The whole number `name`, or the default where it is null or absent."""
        found = self.value.get(name)
        if found is None and default is not None:
            return default
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.unfit(name, "a whole number") if name in self.value else self._missing(name)
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        """The truth value `name`, or the default where it is null or absent."""
        found = self.value.get(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            raise self.unfit(name, "true or false")
        return found

    def moment(self, name: str, zone: tzinfo | None = None) -> datetime:
        """The time `name`: ISO 8601 with its offset, with `UTC` or an offset after a space as Ruby writes it, or epoch
        seconds. One without an offset is in `zone`, or refused: the zone of this machine says nothing of it."""
        found = self._given(name)
        try:
            if isinstance(found, int | float) and not isinstance(found, bool):
                return datetime.fromtimestamp(found, UTC)
            moment = datetime.fromisoformat(_RUBY_OFFSET.sub(_iso_offset, found) if isinstance(found, str) else "")
            if moment.tzinfo is None and zone is None:
                raise self.unfit(name, "a time with its offset from UTC")
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError, OSError):  # no time, or one beyond what a computer counts
            raise self.unfit(name, "a time such as 2026-03-02T09:00:00Z") from None

    def optional_moment(self, name: str, zone: tzinfo | None = None) -> datetime | None:
        """The time `name`, None where it is null, empty or absent."""
        return self.moment(name, zone) if self.value.get(name) not in (None, "") else None

    def milliseconds(self, name: str) -> datetime:
        """The time `name` in epoch milliseconds."""
        found = self._given(name)
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.unfit(name, "a time in milliseconds since 1970")
        try:
            return FIRST_MOMENT + timedelta(milliseconds=found)
        except OverflowError:  # beyond the year 9999
            raise self.unfit(name, "a time in milliseconds since 1970") from None

    def optional_milliseconds(self, name: str) -> datetime | None:
        """The time `name` in epoch milliseconds, None where it is null or absent."""
        return self.milliseconds(name) if self.value.get(name) is not None else None

    def unfit(self, name: str, wanted: str) -> Unmappable:
        """What to raise where `name` is not what was wanted."""
        field = self._field(name)
        return Unmappable(f"the field {field} is not {wanted}", field)

    def _given(self, name: str) -> Any:
        found = self.value.get(name)
        if found is None:
            raise self._missing(name)
        return found

    def _missing(self, name: str) -> Unmappable:
        field = self._field(name)
        return Unmappable(f"the field {field} is missing", field)

    def _field(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def root(document: object) -> Payload:
    """The document as a payload. Raises Unmappable unless it is an object."""
    if not isinstance(document, dict):
        raise Unmappable("the document is not an object")
    return Payload(document)


def _iso_offset(match: re.Match[str]) -> str:
    return "+00:00" if match[1] == "UTC" else match[1]
