"""What every part of pipegauge.yaml is made of: closed sections, durations, references to secrets."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

SECRET_REFERENCE = "a secret itself, env:NAME or file:PATH"
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds_of(text: object) -> object:
    """Seconds of a duration such as 30s, 10m, 2h or 7d. Raises ValueError for any other text."""
    if not isinstance(text, str):
        return text
    match = re.fullmatch(r"(\d+)(s|m|h|d)", text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 30s, 10m, 2h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # what zoneinfo raises for unknown and for malformed names
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Amsterdam") from error
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
Duration = Annotated[int, BeforeValidator(seconds_of), Field(ge=1)]
SecretReference = Annotated[str, Field(min_length=1, description=SECRET_REFERENCE)]


class Section(BaseModel):
    """A part of the file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
