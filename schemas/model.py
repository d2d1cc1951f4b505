"""The base of every record that travels: immutable, closed, and the same after encode and decode."""

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

NAMESPACE = uuid5(NAMESPACE_URL, "urn:pipegauge")

# NUL ends strings in C clients and hides what follows it in logs and boards: a field that carries one is refused.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=10_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$", max_length=1_000)]


FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_MOMENTS = datetime(2070, 1, 1, tzinfo=UTC)
"""What is stored lies between them: a time that no table can hold is refused before anybody is told that it is kept."""


def _to_utc_milliseconds(moment: datetime) -> datetime:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:  # the first day of the year 1, east of Greenwich
        raise ValueError("lies outside the years 1970 to 2069") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _is_storable(moment: datetime) -> datetime:
    if not FIRST_MOMENT <= moment < END_OF_MOMENTS:
        raise ValueError("lies outside the years 1970 to 2069")
    return moment


# A commit bears the time of its author's machine: whatever it is, the push that brings it is sound.
CommitTime = Annotated[AwareDatetime, AfterValidator(_to_utc_milliseconds)]
# ClickHouse keeps DateTime64(3): a time that carried more digits would differ from its own stored row.
Moment = Annotated[CommitTime, AfterValidator(_is_storable)]


class Record(BaseModel):
    """A value that crosses a topic: unknown fields are refused, none can be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")


def identity(*parts: str | int | None) -> UUID:
    """The uuid5 of `parts`: the same facts always give the same id, in any process and at any time.

    The parts are joined as a JSON list, so that ("a", "bc") and ("ab", "c") differ.
    """
    return uuid5(NAMESPACE, json.dumps(parts, separators=(",", ":"), ensure_ascii=False))


def version_of(timestamp_ms: int, offset: int) -> int:
    """The version by which the newest of several records with one id wins: broker seconds · 2³² + offset mod 2³².

    `timestamp_ms` is the record's LogAppendTime, `offset` its place in the partition. One id always lives in one
    partition, so the order of arrival decides; the seconds keep it rising when a topic was made anew.
    """
    return (timestamp_ms // 1000 << 32) + offset % (1 << 32)
