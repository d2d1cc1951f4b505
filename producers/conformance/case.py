"""One request put through a source: by which door it leaves, and what became of it. Pure."""

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal

import orjson

from producers.conformance.places import Path, places
from producers.gateway import read
from producers.json_strict import is_form, parse_body
from producers.personal import hash_personal
from producers.source import Refused, Source, Unmappable
from schemas.deliveries import Delivery, Headers
from schemas.events import Event

RECEIVED_AT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SALT = b"the salt of the fixtures"

Door = Literal["accepted", "ignored", "dead-letter", "refused", "exception"]
"""The three doors; what is no JSON is refused before a source sees it, and an exception is a hole in the wall."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request that a source is checked with. `name` says where it stands; `events` what it must become, if known.

    An `excerpt` is one of which a documentation leaves members out: what it lacks is no fault of the source.
    """

    name: str
    headers: Headers
    body: bytes
    events: tuple[Any, ...] | None = None
    excerpt: bool = False

    def delivery(self, source: str, received_at: datetime = RECEIVED_AT) -> Delivery:
        """The request as a delivery of `source`."""
        return Delivery(source, self.headers, self.body, None, received_at)

    def with_document(self, document: object) -> "Case":
        """The same request with another body."""
        headers = {**self.headers, "content-type": "application/json"} if is_form(self.headers) else self.headers
        return replace(self, headers=headers, body=orjson.dumps(document))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The door that a request left by. `reason` and `field` are those of a dead letter, a refusal or an exception."""

    door: Door
    event_name: str = ""
    events: tuple[Event, ...] = ()
    reason: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A request that became events, with its document."""

    case: Case
    document: Any
    outcome: Outcome

    def told(self, source: Source, document: object) -> Outcome:
        """What `source` makes of the request with another body."""
        return put(source, self.case.with_document(document))


def first_seen(samples: Iterable[Sample]) -> Iterator[tuple[Sample, Path, Any]]:
    """Every value of the samples with its path, but none that stood there in an earlier sample of the same event."""
    seen: set[tuple[str, Path]] = set()
    for sample in samples:
        found = {
            path: (sample.outcome.event_name, tuple(0 if isinstance(step, int) else step for step in path))
            for path, _ in places(sample.document)
        }
        yield from ((sample, path, value) for path, value in places(sample.document) if found[path] not in seen)
        seen.update(found.values())


def put(source: Source, case: Case, received_at: datetime = RECEIVED_AT) -> Outcome:
    """Puts a request through `source` as the gateway does, signature aside."""
    delivery = case.delivery(source.name, received_at)
    try:
        reading = read(delivery, source, SALT)
    except Refused as refused:  # the sender's fault: the first of the doors
        return Outcome("refused", reason=f"{refused.title}: {refused.detail}")
    if reading.fault in ("defect", "invalid"):
        return Outcome("exception", reading.event_name, reason=_crash(source, delivery), field=reading.field)
    return Outcome(reading.outcome, reading.event_name, reading.events, reading.reason or "", reading.field)


def document_of(source: Source, case: Case) -> Any:
    """The document of a request as it was sent. Raises NotJson."""
    return parse_body(case.headers, case.body)[0]


def fields_of(event: Event) -> Mapping[str, Any]:
    """What an event says, short of its id and of when it arrived."""
    return event.model_dump(exclude={"id", "received_at"})


def _crash(source: Source, delivery: Delivery) -> str:
    """The exception that left the source, and the line it came from."""
    document, payload = parse_body(delivery.headers, delivery.body)
    hash_personal(document, source.personal, SALT)
    try:
        source.event_name(delivery.headers, payload)
        source.normalise(replace(delivery, document=document))
    except Unmappable:  # it fails now and then only
        return "an exception that did not come again"
    except Exception as error:  # whatever a source raises is what is looked for here
        last = traceback.extract_tb(error.__traceback__)[-1]
        own = [one for one in traceback.extract_tb(error.__traceback__) if "pydantic" not in one.filename]
        at = (own or [last])[-1]
        said = str(error).splitlines()[0][:120] if str(error) else ""
        return f"{type(error).__name__}({said}) at {PurePath(at.filename).name}:{at.lineno}"
    return "an exception that did not come again"
