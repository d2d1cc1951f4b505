"""What becomes of one delivery: the records to keep and the answer to give. Pure: no socket, file, clock or chance."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import orjson
from pydantic import ValidationError

from producers.json_strict import is_form, parse_body
from producers.personal import hash_personal
from producers.records import KafkaRecord
from producers.redaction import DEFAULT, Redaction
from producers.source import Parsed, Reducing, Refused, Report, Source, Unmappable, unknown_event
from schemas import topics
from schemas.catalog import Catalog
from schemas.codec import encode, encode_event, event_headers
from schemas.config import SourceSettings
from schemas.deliveries import (
    DEAD_LETTER_HEADER,
    DELIVERY_HEADER,
    EVENT_IDS_HEADER,
    EVENT_NAME_HEADER,
    HTTP_PREFIX,
    OUTCOME_HEADER,
    RECEIVED_AT_HEADER,
    SOURCE_HEADER,
    Answer,
    DeadLetter,
    Delivery,
    DeliveryOutcome,
    Fault,
    Headers,
    Secret,
    delivery_id,
    is_kept_header,
)
from schemas.events import Event

TRACEPARENT = "traceparent"
_RECORD_LIMIT = topics.MAX_RECORD_BYTES - (64 << 10)  # what Kafka adds to a record stays below its limit

_JSON = "application/json"
_ESCAPED = re.compile(rb"\\(?=u)")  # whatever is looked for may be written as \u0040; so found at the speed of memory
_MOST_HEADERS = 64
_LONGEST_HEADER = 1_000


class TooLarge(Refused):
    """The body is above the cap, or its records would not fit into Kafka."""

    status = 413
    title = "Too large"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source made of an authentic delivery. `reason`, `field` and `fault` are set for a dead letter."""

    event_name: str
    outcome: DeliveryOutcome
    events: tuple[Event, ...]
    stored_body: bytes
    reason: str | None = None
    field: str | None = None
    fault: Fault | None = None
    content_type: str = _JSON


@dataclass(frozen=True, slots=True)
class Intake:
    """A delivery taken in: the records of all its topics and, short of where they were stored, its answer."""

    delivery: str
    outcome: DeliveryOutcome
    events: tuple[str, ...]
    records: tuple[KafkaRecord, ...]
    fault: Fault | None = None

    def answer(self, stored: Literal["kafka", "spool"]) -> Answer:
        """The body of the 202."""
        return Answer(delivery=self.delivery, outcome=self.outcome, stored=stored, events=self.events)


def take_in(
    delivery: Delivery,
    source: Source,
    secrets: Sequence[Secret],
    settings: SourceSettings,
    catalog: Catalog,
    salt: bytes,
    traceparent: str,
    redaction: Redaction = DEFAULT,
) -> Intake:
    """Verifies, reads and places a delivery. Raises Refused with the status of the door that it does not pass.

    `salt` keys the hash of personal values, `traceparent` is the W3C trace that every record carries on, and
    `redaction` says what is masked of all that is kept.
    """
    if secrets or not settings.unsigned:
        source.verify(delivery, secrets)
    context = source.context(delivery.headers) if isinstance(source, Report) else b""
    delivery = replace(delivery, headers=redaction.headers(delivery.headers, salt))
    reading = read(delivery, source, salt, redaction)
    id_ = delivery_id(delivery.source, reading.event_name, delivery.body + context)
    return intake_of(id_, delivery, reading, secrets, settings, catalog, traceparent)


def intake_of(
    id_: str,
    delivery: Delivery,
    reading: Reading,
    secrets: Sequence[Secret],
    settings: SourceSettings,
    catalog: Catalog,
    traceparent: str,
) -> Intake:
    """The records of a delivery that was read, `id_` its id, and its answer. Raises TooLarge."""
    trace = (TRACEPARENT, traceparent.encode())
    body = delivery.body if settings.keep_raw else reading.stored_body
    event_ids = tuple(event.id for event in reading.events)
    records = [_delivery_record(id_, delivery, reading, event_ids, body, secrets, trace)]
    for event in reading.events:
        records += _event_records(event, catalog.place(event), id_, trace)
    if reading.outcome == "dead-letter":
        records.append(_dead_letter_record(id_, delivery, reading, body, trace))
    if any(record.size() > _RECORD_LIMIT for record in records):
        raise TooLarge(f"the records of this delivery would exceed {_RECORD_LIMIT} bytes; send less in one delivery")
    return Intake(id_, reading.outcome, event_ids, tuple(records), reading.fault)


def explain(delivery: Delivery, source: Source, salt: bytes, redaction: Redaction = DEFAULT) -> list[str]:
    """What would become of a delivery, signature aside, as JSON lines: one an event, else one. Raises NotJson."""
    delivery = replace(delivery, headers=redaction.headers(delivery.headers, salt))
    reading = read(delivery, source, salt, redaction)
    if reading.events:
        return [f'{{"outcome":"accepted","event":{encode_event(event).decode()}}}' for event in reading.events]
    line: dict[str, str | None] = {"outcome": reading.outcome}
    if reading.outcome == "dead-letter":
        line |= {"reason": reading.reason, "field": reading.field}
    return [orjson.dumps(line).decode()]


def read(delivery: Delivery, source: Source, salt: bytes, redaction: Redaction = DEFAULT) -> Reading:
    """Reads an authentic delivery: its JSON with personal values hashed and secrets masked, its events, or why there
    are none. The headers are taken as they are.

    Raises NotJson, or whatever a Report refuses. A mapping that fails in any way is our ignorance, never the sender's
    fault: a dead letter.
    """
    if isinstance(source, Report):
        parsed = source.parse(redaction.report(delivery.body, salt))
    else:
        parsed = _parsed(delivery, source, salt, redaction)
    name, reason, field = "", None, None
    fault: Fault | None = None
    events: tuple[Event, ...] = ()
    try:
        name = source.event_name(delivery.headers, parsed.payload)
        events = tuple(_events(replace(delivery, document=parsed.document), source, name))
    except Unmappable as unmappable:  # our ignorance: kept, and replayed after a fix
        reason, field, fault = unmappable.reason, unmappable.field, "unmapped"
    except ValidationError as error:  # the source built an event from a value that the contract refuses
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        reason, field, fault = first["msg"], ".".join(map(str, first["loc"])), "invalid"
    except Exception as error:  # a defect of the mapping: the delivery is kept and can be replayed after the fix
        reason, fault = f"the mapping of {source.name} failed: {type(error).__name__}", "defect"
    if fault:  # what no mapping knows may be called anything
        name, reason = redaction.text(name, salt), redaction.text(reason or "", salt)
    outcome: DeliveryOutcome = "dead-letter" if fault else "accepted" if events else "ignored"
    return Reading(name, outcome, events, parsed.stored, reason, field, fault, parsed.content_type)


def _parsed(delivery: Delivery, source: Source, salt: bytes, redaction: Redaction) -> Parsed:
    document, payload = parse_body(delivery.headers, delivery.body)
    document, hashed = hash_personal(document, (*source.personal, *redaction.paths), salt)
    if isinstance(source, Reducing):
        document, hashed = source.reduced(document), True
    stored = orjson.dumps(document) if hashed else payload
    plain = orjson.dumps(document) if _ESCAPED.search(stored) else stored
    document, masked = redaction.document(document, plain, salt)
    # What came in a form is kept as the JSON that was in it.
    type_ = _JSON if is_form(delivery.headers) else delivery.headers.get("content-type", _JSON)
    return Parsed(document, payload, orjson.dumps(document) if masked else stored, type_)


def _events(delivery: Delivery, source: Source, name: str) -> list[Event]:
    if name in source.ignores:
        return []
    if name not in source.handles:
        raise unknown_event(source.name, name)
    return source.normalise(delivery)


def _delivery_record(
    id_: str,
    delivery: Delivery,
    reading: Reading,
    event_ids: Sequence[str],
    body: bytes,
    secrets: Sequence[Secret],
    trace: tuple[str, bytes],
) -> KafkaRecord:
    headers = [
        (SOURCE_HEADER, delivery.source.encode()),
        (EVENT_NAME_HEADER, reading.event_name.encode()),
        (OUTCOME_HEADER, reading.outcome.encode()),
        (RECEIVED_AT_HEADER, delivery.received_at.isoformat().encode()),
        (EVENT_IDS_HEADER, ",".join(event_ids).encode()),
        trace,
        *kept_headers(_headers_of(delivery, reading, body), secrets),
    ]
    return KafkaRecord(topics.DELIVERIES, id_.encode(), body, headers)


def _headers_of(delivery: Delivery, reading: Reading, body: bytes) -> Headers:
    """The headers that fit the body as it is kept."""
    if body is delivery.body or "content-type" not in delivery.headers:
        return delivery.headers
    return {**delivery.headers, "content-type": reading.content_type}


def _event_records(event: Event, services: Sequence[str], delivery: str, trace: tuple[str, bytes]) -> list[KafkaRecord]:
    value = encode_event(event)
    headers = [*event_headers(event, event.type), (DELIVERY_HEADER, delivery.encode()), trace]
    return [KafkaRecord(topics.EVENTS, service.encode(), value, headers) for service in services]


def _dead_letter_record(
    id_: str, delivery: Delivery, reading: Reading, body: bytes, trace: tuple[str, bytes]
) -> KafkaRecord:
    letter = DeadLetter(
        id=id_,
        source=delivery.source,
        event_name=reading.event_name,
        delivery=id_,
        stage="normalise",
        reason=(reading.reason or "")[:1_000],
        field=reading.field and reading.field[:1_000],
        received_at=delivery.received_at,
    )
    return KafkaRecord(
        topics.DEAD_LETTERS, delivery.source.encode(), body, [(DEAD_LETTER_HEADER, encode(letter)), trace]
    )


def kept_headers(headers: Headers, secrets: Sequence[Secret]) -> list[tuple[str, bytes]]:
    """The HTTP headers that a replay may need, as record headers.

    Never a signature, token, cookie or address of the sender, whatever the header is called: one that contains a
    secret is left out too.
    """
    kept: list[tuple[str, bytes]] = []
    for name, text in headers.items():
        value = text.encode()
        if (
            len(value) <= _LONGEST_HEADER
            and is_kept_header(name)
            and not any(bytes(secret) in value for secret in secrets)
        ):
            kept.append((HTTP_PREFIX + name, value))
    return kept[:_MOST_HEADERS]
