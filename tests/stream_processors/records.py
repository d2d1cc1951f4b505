"""Records as the other processes write them, for the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from schemas import topics
from schemas.codec import encode, encode_event, event_headers
from schemas.deliveries import DELIVERY_HEADER
from schemas.events import Actor, Event, Links, Origin, RunUpdated
from schemas.observations import Observation
from stream_processors.rows import COLUMNS, rows_of

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DELIVERY = UUID("99999999-0000-0000-0000-000000000001")
TRACE = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
Headers = list[tuple[str, bytes]]


@dataclass
class Arrival:
    """A record as kafka-python hands it over."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int = 3
    offset: int = 41
    timestamp: int = 1_793_620_800_000


def id_of(number: int) -> str:
    return str(uuid5(DELIVERY, str(number)))


def run(number: int, **changes: Any) -> RunUpdated:
    values: dict[str, Any] = {
        "id": id_of(number),
        "source": "https://github.example/acme/shop",
        "origin": Origin(repository="acme/shop"),
        "occurred_at": NOON + timedelta(seconds=number),
        "received_at": NOON + timedelta(days=1),
        "actor": Actor(id="h:1", kind="bot"),
        "url": "https://github.example/run/7",
        "links": Links(sha="abc", change="12"),
        "run": "7",
        "attempt": 1,
        "pipeline": "CI",
        "state": "finished",
        "outcome": "success",
    }
    return RunUpdated(**(values | changes))


def event_record(event: Event, service: str = "shop") -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of an event's record."""
    headers = [*event_headers(event, event.type), (DELIVERY_HEADER, str(DELIVERY).encode()), TRACE]
    return service.encode(), encode_event(event), headers


def event_arrival(event: Event) -> Arrival:
    return Arrival(topics.EVENTS, *event_record(event))


def observation(number: int, value: int | None, **changes: Any) -> Observation:
    values: dict[str, Any] = {
        **{"id": id_of(number), "metric": "cycle_time", "part": "", "service": "shop", "subject": f"change:{number}"},
        **{"at": NOON, "value": value, "evidence": (id_of(1), id_of(2)), "evidence_count": 2},
    }
    return Observation(**(values | changes))


def observation_record(fact: Observation) -> tuple[bytes, bytes, Headers]:
    return fact.service.encode(), encode(fact), [TRACE]


def only_row(record: Arrival) -> dict[str, Any]:
    """The one row that a record becomes, by column."""
    table, [row] = rows_of(record)
    return dict(zip(COLUMNS[table], row, strict=True))
