"""What today's mappings make of a stored delivery, against what was made of it when it came. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson

from producers.gateway import Reading, read
from producers.redaction import DEFAULT, Redaction
from producers.source import OpenSource, Refused
from schemas.codec import encode_event
from schemas.deliveries import Delivery, DeliveryOutcome, Headers
from schemas.events import Event

_OF_ARRIVAL = frozenset({"received_at"})
"""Fields that tell of a delivery and not of its fact: the same fact may have come with another delivery."""


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery as it was kept: `events` are the ids of what was made of it."""

    id: str
    source: str
    outcome: DeliveryOutcome
    received_at: datetime
    headers: Headers
    body: bytes
    events: tuple[str, ...]

    def delivery(self) -> Delivery:
        """The delivery as the gateway would read it. Its signature was checked when it came, and is not kept."""
        return Delivery(self.source, self.headers, self.body, None, self.received_at)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was kept, as JSON, and the id of the delivery that it was kept from last."""

    delivery: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """An event that would be new, would not be, or would be another. `fields` has before and after by dotted name."""

    kind: Literal["added", "removed", "changed"]
    delivery: str
    source: str
    type: str
    id: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unread:
    """A delivery that cannot be compared, and why."""

    delivery: str
    source: str
    reason: str


def read_again(
    stored: StoredDelivery, opened: OpenSource | None, salt: bytes, redaction: Redaction = DEFAULT
) -> Reading | Unread:
    """What the mapping of now makes of a stored delivery."""
    if opened is None:
        return Unread(stored.id, stored.source, f"the source {stored.source} is not configured any more")
    try:
        return read(stored.delivery(), opened.source, salt, redaction)
    except Refused as refused:  # the source has become stricter than it was at the door
        return Unread(stored.id, stored.source, f"{refused.title}: {refused.detail}")


def differences(stored: StoredDelivery, reading: Reading, events: Mapping[str, StoredEvent]) -> Iterator[Difference]:
    """How the events of `reading` differ from `events`, the stored ones by id.

    An event that was kept from another delivery is that one's to tell of: two deliveries of one fact need not tell it
    in the same words. One that the delivery gave and gives no more is removed; the caller knows whether another gives
    it.
    """
    given = {event.id: event for event in reading.events}
    for event in given.values():
        before = events.get(event.id)
        if before is None:
            fields = changed_fields({}, _values(event))
            yield Difference("added", stored.id, stored.source, event.type, event.id, fields)
        elif before.delivery == stored.id and (fields := changed_fields(before.values, _values(event))):
            yield Difference("changed", stored.id, stored.source, event.type, event.id, fields)
    for id_ in stored.events:
        if id_ not in given and id_ in events:
            yield Difference("removed", stored.id, stored.source, str(events[id_].values.get("type")), id_)


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, by dotted name; None stands for a field that is not there."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = sorted(old.keys() | new.keys())
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _values(event: Event) -> dict[str, Any]:
    values: dict[str, Any] = orjson.loads(encode_event(event))
    return values


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Fields by dotted name; a list is one value."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif above or name not in _OF_ARRIVAL:
            yield above + name, value
