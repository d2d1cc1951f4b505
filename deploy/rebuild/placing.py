"""The stored events, placed by the catalog of now: each as records of the topic `events`. Pure."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError

from producers.records import KafkaRecord
from schemas import topics
from schemas.catalog import Catalog
from schemas.codec import decode_event, encode_event, event_headers
from schemas.deliveries import DELIVERY_HEADER


class StoredEvent(NamedTuple):
    """An event as ClickHouse keeps it, under whichever service; `delivery` is zero where it is not known."""

    id: UUID
    body: str
    delivery: UUID


class Placed(NamedTuple):
    """Records to publish, and the ids of events that no longer fit the contract: they stay as they are."""

    records: list[KafkaRecord]
    unreadable: list[UUID]


def place(events: Iterable[StoredEvent], catalog: Catalog) -> Placed:
    """Each event once for every service that claims it now, marked as history: the horizon does not hold it back."""
    placed = Placed([], [])
    for stored in events:
        try:
            event = decode_event(stored.body.encode()).model_copy(update={"history": True})
        except ValidationError:  # written by another version of the contract; nothing can be computed from it
            placed.unreadable.append(stored.id)
            continue
        headers = event_headers(event, event.type)
        if stored.delivery.int:
            headers.append((DELIVERY_HEADER, str(stored.delivery).encode()))
        value = encode_event(event)
        placed.records.extend(
            KafkaRecord(topics.EVENTS, service.encode(), value, headers) for service in catalog.place(event)
        )
    return placed
