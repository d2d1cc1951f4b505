"""Events of which nobody told the time: they happened when they arrived, and stay where they were stored first. Pure.

Rows of ClickHouse replace each other where they have one place in the order of their table, and an event's time is a
part of that (schemas/clickhouse). An event without a time of its provider's arrives anew at another time; it takes the
time that it was stored with.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from stream_processors.rows import COLUMNS

_SERVICE, _TYPE, _AT, _ID, _RECEIVED_AT = (
    COLUMNS["events"].index(name) for name in ("service", "type", "occurred_at", "id", "received_at")
)
ASK_AT_MOST = 500
"""Events asked for at once: the driver writes them into the query, which may have 256 KiB."""

Columns = Sequence[tuple[Any, ...]]
Known = Mapping[tuple[str, UUID], int]
"""By service and id, when an event happened as it is stored, in epoch milliseconds."""

STORED = (
    "SELECT service, id, toUnixTimestamp64Milli(min(occurred_at)) FROM events "
    "WHERE service IN %(services)s AND type IN %(types)s AND id IN %(ids)s GROUP BY service, id"
)
"""Finds what is stored of Untimed."""


class Untimed(NamedTuple):
    """What to ask for: the services, types and ids of events that happened when they arrived."""

    services: tuple[str, ...]
    types: tuple[str, ...]
    ids: tuple[UUID, ...]


def untimed_in(columns: Columns) -> list[Untimed]:
    """The events among the rows of a batch that happened when they arrived, in as many questions as they need."""
    found = [index for index, at in enumerate(columns[_AT]) if at == columns[_RECEIVED_AT][index]]
    parts = [found[start : start + ASK_AT_MOST] for start in range(0, len(found), ASK_AT_MOST)]
    return [
        Untimed(*(tuple({columns[one][index] for index in part}) for one in (_SERVICE, _TYPE, _ID))) for part in parts
    ]


def as_first_stored(columns: Columns, known: Known) -> list[tuple[Any, ...]]:
    """The rows with such events at the time that they are stored with, or that the first of them in the batch has."""
    first = dict(known)
    times = tuple(
        first.setdefault((service, id_), at) if at == received_at else at
        for service, id_, at, received_at in zip(
            *(columns[one] for one in (_SERVICE, _ID, _AT, _RECEIVED_AT)), strict=True
        )
    )
    return [*columns[:_AT], times, *columns[_AT + 1 :]]
