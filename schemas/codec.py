"""Bytes and record headers of everything on a topic: JSON values, CloudEvents binary mode for events.

https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Iterable

from schemas.events import EVENT, Event, EventBase
from schemas.metrics import MetricPoint
from schemas.model import Record


def encode(record: Record) -> bytes:
    """The JSON of a record. Fields that hold their default are left out, so that bytes stay few."""
    return record.__pydantic_serializer__.to_json(record, exclude_defaults=True)


def encode_event(event: Event) -> bytes:
    """The JSON of an event, its `type` always included."""
    values = event.__pydantic_serializer__.to_json(event, exclude_defaults=True)
    return b'{"type":"' + event.type.encode() + b'",' + values[1:]


def decode_event(value: bytes) -> Event:
    """The event that `encode_event` wrote. Raises pydantic.ValidationError naming the field that does not fit."""
    return EVENT.validate_json(value)


def event_headers(event: EventBase, type_: str) -> list[tuple[str, bytes]]:
    """CloudEvents attributes of an event as Kafka record headers."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_type", f"dev.pipegauge.{type_}".encode()),
        ("ce_source", event.source.encode()),
        ("ce_time", event.occurred_at.isoformat().replace("+00:00", "Z").encode()),
        ("content-type", b"application/json"),
    ]


def encode_points(points: Iterable[MetricPoint]) -> bytes:
    """The JSON array of metric points, as on the topic `metrics`: every field stands there, None as null."""
    return b"[" + b",".join(point.__pydantic_serializer__.to_json(point) for point in points) + b"]"
