"""What a record of a topic becomes in ClickHouse: rows, their columns in the order of COLUMNS.

Every value is checked for the type of its column, so that an insert of rows cannot fail for what is in them: one bad
record must not hold up the thousands that share its batch.
"""

from collections.abc import Callable, Sequence
from datetime import date
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
from stream_processors.alerting.rows import alert_row
from stream_processors.row_fields import (
    EPOCH,
    MILLISECOND,
    NotARow,
    Values,
    integer_of,
    integer_or_none,
    milliseconds_of,
    number_or_none,
    text_of,
    uuid_of,
)

Row = tuple[Any, ...]

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
    "alerts": (
        *("rule", "scope_kind", "scope", "part", "id", "number", "state", "metric", "window", "statistic", "value"),
        *("threshold", "operator", "sample_size", "since", "at", "severity", "route", "absent", "withdrawn", "muted"),
        *("summary", "title"),
        *_PLACE,
    ),
    "dead_letters": (
        *("source", "id", "event_name", "delivery", "stage", "reason", "field", "body", "received_at"),
        "replayed_at",
        *_PLACE,
    ),
}
"""The columns that the store fills, by table; ClickHouse fills the others with their defaults."""

_VENDOR_DELIVERY = (
    "x-github-delivery",
    "x-gitlab-event-uuid",
    "idempotency-key",
    "x-forgejo-delivery",
    "x-gitea-delivery",
    "x-gogs-delivery",
    "x-request-id",
    "x-atlassian-webhook-identifier",
    "x-snyk-transport-id",
    "x-request-uuid",
    "webhook-id",
    "ce-id",
)

_STATES = {"TestsReported": "finished", "FindingsReported": "open"}  # defaults, which the codec leaves out
# What an event is called, the first that it has.
_NAMES = ("pipeline", "gate", "name", "ticket", "incident", "artifact", "tool")


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
        received_at=EPOCH + record.timestamp * MILLISECOND,
    )
    trace = [(name, value) for name, value in record.headers if name == "traceparent"]
    return letter.source.encode(), record.value or b"", [(DEAD_LETTER_HEADER, encode(letter)), *trace]


def _delivery(record: Arrived) -> list[Row]:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    kept = {name[len(HTTP_PREFIX) :]: value for name, value in headers.items() if name.startswith(HTTP_PREFIX)}
    ids = headers.get(EVENT_IDS_HEADER, "")
    row = (
        uuid_of(_key(record), "key"),
        headers[SOURCE_HEADER],
        headers[EVENT_NAME_HEADER],
        next((kept[name] for name in _VENDOR_DELIVERY if name in kept), ""),
        headers[OUTCOME_HEADER],
        milliseconds_of(headers[RECEIVED_AT_HEADER], RECEIVED_AT_HEADER),
        kept,
        record.value or b"",
        [uuid_of(event, EVENT_IDS_HEADER) for event in ids.split(",") if event],
    )
    return [row + _place(record)]


def _event(record: Arrived) -> list[Row]:
    event = orjson.loads(record.value or b"")
    links = event.get("links") or {}
    environment = text_of(event, "environment")
    if not event.get("type"):
        raise NotARow("type", "is missing")
    row = (
        _key(record),
        text_of(event, "type"),
        milliseconds_of(event["occurred_at"], "occurred_at"),
        uuid_of(event["id"], "id"),
        milliseconds_of(event["received_at"], "received_at"),
        text_of(event, "source"),
        text_of(event["origin"], "repository"),
        text_of(event["actor"], "kind") or "human" if event.get("actor") else "",
        text_of(event, "url"),
        text_of(links, "sha") or text_of(event, "sha") or text_of(event, "after"),
        text_of(event, "change") or text_of(links, "change"),
        text_of(event, "run") or text_of(links, "run"),
        text_of(event, "state") or text_of(event, "action") or _STATES.get(event["type"], ""),
        text_of(event, "outcome"),
        next((name for name in (text_of(event, field) for field in _NAMES) if name), environment),
        environment,
        record.value,
        _delivery_of(record),
    )
    return [row + _place(record)]


def _observation(record: Arrived) -> list[Row]:
    fact = orjson.loads(record.value or b"")
    row = (
        text_of(fact, "metric"),
        text_of(fact, "service"),
        text_of(fact, "part"),
        uuid_of(fact["id"], "id"),
        milliseconds_of(fact["at"], "at"),
        text_of(fact, "subject"),
        integer_or_none(fact, "value", 63),
        integer_of(fact, "weight", 32, 1),
        fact.get("linked", True) is True,
        [uuid_of(event, "evidence") for event in fact.get("evidence", ())],
        integer_of(fact, "evidence_count", 32, 0),
    )
    return [row + _place(record)]


def _metric_points(record: Arrived) -> list[Row]:
    place = _place(record)
    return [_metric_point(point) + place for point in orjson.loads(record.value or b"")]


def _metric_point(point: Values) -> Row:
    end = milliseconds_of(point["window_end"], "window_end")
    return (
        text_of(point["scope"], "kind"),
        text_of(point["scope"], "name"),
        text_of(point, "metric"),
        text_of(point, "part"),
        text_of(point, "window"),
        date.fromordinal((EPOCH + (end - 1) * MILLISECOND).toordinal()),
        end,
        number_or_none(point, "value"),
        *(integer_or_none(point, name, 63) for name in ("p50", "p75", "p90", "p95", "numerator", "denominator")),
        integer_of(point, "sample_size", 63),
        number_or_none(point, "linked_share"),
        integer_of(point, "definition_version", 16),
    )


def _alert(record: Arrived) -> list[Row]:
    return [alert_row(record.value or b"") + _place(record)]


def _dead_letter(record: Arrived) -> list[Row]:
    letter = orjson.loads(dict(record.headers)[DEAD_LETTER_HEADER])
    row = (
        text_of(letter, "source"),
        uuid_of(letter["id"], "id"),
        text_of(letter, "event_name"),
        uuid_of(letter["delivery"], "delivery") if letter.get("delivery") else NO_DELIVERY,
        text_of(letter, "stage"),
        text_of(letter, "reason"),
        text_of(letter, "field"),
        record.value or b"",
        milliseconds_of(letter["received_at"], "received_at"),
        milliseconds_of(letter["replayed_at"], "replayed_at") if letter.get("replayed_at") else None,
    )
    return [row + _place(record)]


_TABLES: dict[str, tuple[str, Callable[[Arrived], list[Row]]]] = {
    topics.DELIVERIES: ("deliveries", _delivery),
    topics.EVENTS: ("events", _event),
    topics.OBSERVATIONS: ("observations", _observation),
    topics.METRICS: ("metrics", _metric_points),
    topics.ALERTS: ("alerts", _alert),
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
            return uuid_of(value.decode(), DELIVERY_HEADER)
    return NO_DELIVERY
