"""What a record of a topic becomes in ClickHouse: rows, their columns in the order of COLUMNS.

Every value is checked for the type of its column, so that an insert of rows cannot fail for what is in them: one bad
record must not hold up the thousands that share its batch.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import orjson

from schemas import topics
from schemas.codec import encode
from schemas.deliveries import (
    DEAD_LETTER_HEADER,
    DELIVERY_HEADER,
    EVENT_IDS_HEADER,
    EVENT_NAME_HEADER,
    HTTP_PREFIX,
    OUTCOME_HEADER,
    RECEIVED_AT_HEADER,
    SOURCE_HEADER,
    DeadLetter,
)
from schemas.model import identity, version_of

# longer: the columns of a table and the rows that fill them are read side by side

Row = tuple[Any, ...]
Values = Mapping[str, Any]

NO_DELIVERY = UUID(int=0)
_PLACE = ("kafka_partition", "kafka_offset", "version")
COLUMNS: dict[str, tuple[str, ...]] = {
    "deliveries": (
        *("id", "source", "event_name", "vendor_delivery", "outcome", "received_at", "headers", "body", "event_ids"),
        *_PLACE,
    ),
    "events": (
        *("service", "type", "occurred_at", "id", "received_at", "source", "repository", "actor_kind", "url", "sha"),
        *("change", "run", "state", "outcome", "name", "environment", "body", "delivery"),
        *_PLACE,
    ),
    "observations": (
        *("metric", "service", "part", "id", "at", "subject", "value", "weight", "linked", "evidence"),
        "evidence_count",
        *_PLACE,
    ),
    "metrics": (
        *("scope_kind", "scope", "metric", "part", "window", "day", "window_end", "value", "p50", "p75", "p90", "p95"),
        *("numerator", "denominator", "sample_size", "linked_share", "definition_version"),
        *_PLACE,
    ),
    "dead_letters": (
        *("source", "id", "event_name", "delivery", "stage", "reason", "field", "body", "received_at"),
        *_PLACE,
    ),
}
"""The columns that the store fills, by table; ClickHouse fills the others with their defaults."""

_VENDOR_DELIVERY = ("x-github-delivery", "x-gitlab-event-uuid", "x-gitea-delivery", "x-request-uuid", "webhook-id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# One insert may touch 100 partitions of a table, and events are partitioned by year: no more years than that.
_LAST_MS = (datetime(2070, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND


class NotARow(ValueError):
    """The record's own fault: it goes to the dead letters. `field` names what did not fit."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".strip())
        self.field = field


class Arrived(Protocol):
    """A record as kafka-python hands it over; `timestamp` is its LogAppendTime in ms."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Rows(NamedTuple):
    """Rows of one table, from one record."""

    table: str
    rows: list[Row]


def rows_of(record: Arrived) -> Rows:
    """The rows that `record` becomes. Raises NotARow."""
    table, make = _TABLES[record.topic]
    try:
        return Rows(table, make(record))
    except NotARow:
        raise
    except KeyError as error:
        raise NotARow(str(error.args[0]), "is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        # not JSON, not UTF-8, a list where an object should be: whatever it is, the record is not what we write
        raise NotARow("", f"{type(error).__name__}: {error}") from error


def dead_letter(record: Arrived, fault: NotARow) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of the dead letter that says why `record` could not be stored."""
    headers = dict(record.headers)
    try:
        delivery = str(_delivery_of(record))
    except ValueError:  # the very fault, perhaps: the letter itself must become a row
        delivery = ""
    letter = DeadLetter(
        id=str(identity("dead-letter", "store", record.topic, record.partition, record.offset)),
        source=f"topic:{record.topic}",
        event_name=headers.get("ce_type", b"").decode(errors="replace"),
        delivery=delivery,
        stage="store",
        reason=str(fault)[:1_000],
        field=fault.field[:1_000] or None,
        received_at=_EPOCH + record.timestamp * _MILLISECOND,
    )
    trace = [(name, value) for name, value in record.headers if name == "traceparent"]
    return letter.source.encode(), record.value or b"", [(DEAD_LETTER_HEADER, encode(letter)), *trace]


def _delivery(record: Arrived) -> list[Row]:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    kept = {name[len(HTTP_PREFIX) :]: value for name, value in headers.items() if name.startswith(HTTP_PREFIX)}
    ids = headers.get(EVENT_IDS_HEADER, "")
    row = (
        _uuid(_key(record), "key"),
        headers[SOURCE_HEADER],
        headers[EVENT_NAME_HEADER],
        next((kept[name] for name in _VENDOR_DELIVERY if name in kept), ""),
        headers[OUTCOME_HEADER],
        _milliseconds(headers[RECEIVED_AT_HEADER], RECEIVED_AT_HEADER),
        kept,
        record.value or b"",
        [_uuid(event, EVENT_IDS_HEADER) for event in ids.split(",") if event],
    )
    return [row + _place(record)]


def _event(record: Arrived) -> list[Row]:
    event = orjson.loads(record.value or b"")
    links = event.get("links") or {}
    environment = _text(event, "environment")
    if not event.get("type"):
        raise NotARow("type", "is missing")
    row = (
        _key(record),
        _text(event, "type"),
        _milliseconds(event["occurred_at"], "occurred_at"),
        _uuid(event["id"], "id"),
        _milliseconds(event["received_at"], "received_at"),
        _text(event, "source"),
        _text(event["origin"], "repository"),
        _text(event["actor"], "kind") or "human" if event.get("actor") else "",
        _text(event, "url"),
        _text(links, "sha") or _text(event, "sha") or _text(event, "after"),
        _text(event, "change") or _text(links, "change"),
        _text(event, "run") or _text(links, "run"),
        _text(event, "state"),
        _text(event, "outcome"),
        _text(event, "pipeline") or _text(event, "gate") or _text(event, "name") or environment,
        environment,
        record.value,
        _delivery_of(record),
    )
    return [row + _place(record)]


def _observation(record: Arrived) -> list[Row]:
    fact = orjson.loads(record.value or b"")
    row = (
        _text(fact, "metric"),
        _text(fact, "service"),
        _text(fact, "part"),
        _uuid(fact["id"], "id"),
        _milliseconds(fact["at"], "at"),
        _text(fact, "subject"),
        _integer_or_none(fact, "value", 63),
        _integer(fact, "weight", 32, 1),
        fact.get("linked", True) is True,
        [_uuid(event, "evidence") for event in fact.get("evidence", ())],
        _integer(fact, "evidence_count", 32, 0),
    )
    return [row + _place(record)]


def _metric_points(record: Arrived) -> list[Row]:
    place = _place(record)
    return [_metric_point(point) + place for point in orjson.loads(record.value or b"")]


def _metric_point(point: Values) -> Row:
    end = _milliseconds(point["window_end"], "window_end")
    return (
        _text(point["scope"], "kind"),
        _text(point["scope"], "name"),
        _text(point, "metric"),
        _text(point, "part"),
        _text(point, "window"),
        date.fromordinal((_EPOCH + (end - 1) * _MILLISECOND).toordinal()),
        end,
        _number_or_none(point, "value"),
        *(_integer_or_none(point, name, 63) for name in ("p50", "p75", "p90", "p95", "numerator", "denominator")),
        _integer(point, "sample_size", 63),
        _number_or_none(point, "linked_share"),
        _integer(point, "definition_version", 16),
    )


def _dead_letter(record: Arrived) -> list[Row]:
    letter = orjson.loads(dict(record.headers)[DEAD_LETTER_HEADER])
    row = (
        _text(letter, "source"),
        _uuid(letter["id"], "id"),
        _text(letter, "event_name"),
        _uuid(letter["delivery"], "delivery") if letter.get("delivery") else NO_DELIVERY,
        _text(letter, "stage"),
        _text(letter, "reason"),
        _text(letter, "field"),
        record.value or b"",
        _milliseconds(letter["received_at"], "received_at"),
    )
    return [row + _place(record)]


_TABLES: dict[str, tuple[str, Callable[[Arrived], list[Row]]]] = {
    topics.DELIVERIES: ("deliveries", _delivery),
    topics.EVENTS: ("events", _event),
    topics.OBSERVATIONS: ("observations", _observation),
    topics.METRICS: ("metrics", _metric_points),
    topics.DEAD_LETTERS: ("dead_letters", _dead_letter),
}
STORED_TOPICS = tuple(_TABLES)


def _place(record: Arrived) -> Row:
    return record.partition, record.offset, version_of(record.timestamp, record.offset)


def _key(record: Arrived) -> str:
    if not record.key:
        raise NotARow("key", "is missing")
    return record.key.decode()


def _delivery_of(record: Arrived) -> UUID:
    for name, value in record.headers:
        if name == DELIVERY_HEADER:
            return _uuid(value.decode(), DELIVERY_HEADER)
    return NO_DELIVERY


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if type(value) is not str:
        raise NotARow(name, "is no text")
    return value


def _uuid(value: str, name: str) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:  # what UUID raises for other text, and for no text
        raise NotARow(name, "is no UUID") from error


def _milliseconds(value: str, name: str) -> int:
    try:
        milliseconds = (datetime.fromisoformat(value) - _EPOCH) // _MILLISECOND
    except (ValueError, TypeError) as error:  # not a time; a time without a zone cannot be subtracted
        raise NotARow(name, "is no time with a zone") from error
    if not 0 <= milliseconds < _LAST_MS:
        raise NotARow(name, "lies outside the years 1970 to 2069")
    return milliseconds


def _integer(values: Values, name: str, bits: int, default: int | None = None) -> int:
    value = values[name] if default is None else values.get(name, default)
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise NotARow(name, f"is no whole number of {bits} bits")
    return value


def _integer_or_none(values: Values, name: str, bits: int) -> int | None:
    value = values.get(name)
    if value is not None and (type(value) is not int or not -(1 << bits) <= value < 1 << bits):
        raise NotARow(name, f"is no whole number of {bits} bits")
    return value


def _number_or_none(values: Values, name: str) -> float | None:
    value = values.get(name)
    if value is not None and type(value) not in (int, float):
        raise NotARow(name, "is no number")
    return value
