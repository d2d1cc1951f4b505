"""`pipegauge replay --diff`: what today's mappings would make of the stored deliveries, against what was made of them.

With --apply, what was added or changed is published as the gateway would publish it, so that it replaces or joins what
is stored. What was removed stays: observations and alerts were computed from it, and a topic takes nothing back. It is
named, so that whoever wants it gone can delete it and run `pipegauge rebuild`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from clickhouse_driver import Client

from deploy.replay import engines, publish
from deploy.stored_deliveries import CAME_WITHIN, at_once, stored_deliveries, within
from producers.comparing import Difference, StoredDelivery, StoredEvent, Unread, differences, read_again
from producers.gateway import Intake, Reading, intake_of
from producers.opening import open_sources
from producers.records import KafkaRecord
from producers.redaction import Redaction
from producers.replaying import mark
from producers.source import Refused
from producers.tracing import start_span
from schemas.catalog import Catalog
from schemas.config import Config
from schemas.deliveries import EVENT_IDS_HEADER, DeadLetter
from schemas.topics import DELIVERIES, EVENTS

_EVENTS = "SELECT toString(id), toString(delivery), body FROM events FINAL WHERE id IN %(ids)s ORDER BY version"
_LETTERS = """
SELECT toString(id), source, event_name, reason, field, received_at FROM dead_letters FINAL
WHERE id IN %(ids)s AND stage = 'normalise' AND replayed_at IS NULL
"""
# Of a removed event: whether a delivery that was not looked at gave it too.
_ELSEWHERE = f"""
SELECT DISTINCT toString(arrayJoin(arrayIntersect(event_ids, %(ids)s::Array(UUID)))) FROM deliveries FINAL
WHERE hasAny(event_ids, %(ids)s::Array(UUID))
  AND NOT ({CAME_WITHIN} AND (%(source)s = '' OR source = %(source)s))
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which deliveries are read again: of one source ('' means all), and when they came."""

    source: str
    since: datetime
    until: datetime


@dataclass
class Compared:
    """What a comparison came to. `changed_fields` counts by the event's type and the field's name."""

    deliveries: int = 0
    events: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    changed_fields: Counter[str] = field(default_factory=Counter)
    unread: list[Unread] = field(default_factory=list)
    dead: list[Unread] = field(default_factory=list)
    applied: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything would be another than it is."""
        return bool(self.kinds)


Note = Callable[[Difference], None]


@dataclass(frozen=True, slots=True)
class _Touched:
    """A delivery that gives events that are new or others, `fresh`; those that it gives no more are `removed`."""

    stored: StoredDelivery
    reading: Reading
    fresh: set[str]
    removed: list[str]

    def concerns(self, record: KafkaRecord) -> bool:
        return record.topic != EVENTS or dict(record.headers)["ce_id"].decode() in self.fresh


def compare(config: Config, resolve: Callable[[str], str], chosen: Chosen, apply: bool, note: Note) -> Compared:
    """Reads the chosen deliveries again; `note` is told of each difference. With `apply`, what was added or changed is
    published. Raises NotReplayed."""
    with engines(config, resolve, dry=not apply) as (client, producer):
        return _Comparison(config, resolve, client, producer, note).run(chosen)


class _Comparison:
    def __init__(
        self, config: Config, resolve: Callable[[str], str], client: Client, producer: Any, note: Note
    ) -> None:
        self._sources = open_sources(config, resolve)
        self._catalog = Catalog(config.services)
        self._salt = resolve(config.salt).encode()
        self._redaction = Redaction(config.redact)
        self._client = client
        self._producer = producer
        self._note = note
        self._given: set[bytes] = set()
        self._told: set[str] = set()
        self._removed: list[Difference] = []

    def run(self, chosen: Chosen) -> Compared:
        done = Compared()
        for some in stored_deliveries(self._client, chosen.source, chosen.since, chosen.until):
            self._compare([delivery for _, delivery in some], done)
        for one in self._really_removed(chosen):
            self._tell(one, done)
        return done

    def _compare(self, some: Sequence[StoredDelivery], done: Compared) -> None:
        readings = [(one, self._read(one, done)) for one in some]
        sound = [(one, reading) for one, reading in readings if isinstance(reading, Reading)]
        stored = self._events({id_ for one, reading in sound for id_ in (*one.events, *_ids(reading))})
        touched: list[_Touched] = []
        for one, reading in sound:
            done.events += len(reading.events)
            self._given.update(UUID(id_).bytes for id_ in _ids(reading))
            found = list(differences(one, reading, stored))
            removed = [difference for difference in found if difference.kind == "removed"]
            fresh = [difference for difference in found if difference.kind != "removed"]
            self._removed += removed
            for difference in fresh:
                if difference.id not in self._told:  # a fact that two deliveries tell is one fact
                    self._told.add(difference.id)
                    self._tell(difference, done)
            if fresh:
                touched.append(_Touched(one, reading, {one.id for one in fresh}, [one.id for one in removed]))
        if self._producer is not None and touched:
            done.applied += self._apply(touched)

    def _read(self, one: StoredDelivery, done: Compared) -> Reading | Unread:
        reading = read_again(one, self._sources.get(one.source), self._salt, self._redaction)
        done.deliveries += 1
        if isinstance(reading, Unread):
            done.unread.append(reading)
        elif reading.outcome == "dead-letter" and one.outcome != "dead-letter":
            done.dead.append(Unread(one.id, one.source, reading.reason or ""))
        return reading

    def _tell(self, difference: Difference, done: Compared) -> None:
        done.kinds[difference.kind] += 1
        if difference.kind == "changed":
            done.changed_fields.update(f"{difference.type}.{name}" for name in difference.fields)
        self._note(difference)

    def _events(self, ids: set[str]) -> Mapping[str, StoredEvent]:
        """The stored events by id; of several rows of one, the newest."""
        found: dict[str, StoredEvent] = {}
        for some in at_once(sorted(ids)):
            rows = self._client.execute(_EVENTS, {"ids": some})
            found |= {id_: StoredEvent(delivery, orjson.loads(body)) for id_, delivery, body in rows}
        return found

    def _really_removed(self, chosen: Chosen) -> Iterator[Difference]:
        """What no delivery gives any more."""
        candidates = {one.id: one for one in self._removed if UUID(one.id).bytes not in self._given}
        for ids in at_once(sorted(candidates)):
            told = {"ids": ids, "source": chosen.source, **within(chosen.since, chosen.until)}
            elsewhere = {id_ for (id_,) in self._client.execute(_ELSEWHERE, told)}
            yield from (candidates[id_] for id_ in ids if id_ not in elsewhere)

    def _apply(self, touched: Sequence[_Touched]) -> int:
        """Publishes the deliveries with the events that are new or others; how many events these are."""
        letters = self._letters([one.stored.id for one in touched])
        records: list[KafkaRecord] = []
        marks: list[KafkaRecord] = []
        count = 0
        for one in touched:
            span, traceparent = start_span(one.stored.source, {})
            span.end()
            intake = self._intake(one.stored, one.reading, traceparent)
            if intake is None:
                continue
            count += len(one.fresh)
            records += [_with_removed(record, one.removed) for record in intake.records if one.concerns(record)]
            if one.stored.id in letters:
                marks.append(mark(letters[one.stored.id], intake, traceparent, datetime.now(UTC)))
        publish(self._producer, records)
        publish(self._producer, marks)
        return count

    def _intake(self, one: StoredDelivery, reading: Reading, traceparent: str) -> Intake | None:
        opened = self._sources[one.source]
        try:
            return intake_of(
                one.id, one.delivery(), reading, opened.secrets, opened.settings, self._catalog, traceparent
            )
        except Refused:  # its events would not fit into Kafka any more: it stays as it is, and differs next time too
            return None

    def _letters(self, ids: Sequence[str]) -> dict[str, DeadLetter]:
        """The letters of deliveries that were dead, by the delivery's id."""
        return {
            id_: DeadLetter(
                id=id_,
                source=source,
                event_name=event_name,
                delivery=id_,
                stage="normalise",
                reason=reason,
                field=where or None,
                received_at=received_at,
            )
            for id_, source, event_name, reason, where, received_at in self._client.execute(_LETTERS, {"ids": ids})
        }


def _ids(reading: Reading) -> list[str]:
    return [event.id for event in reading.events]


def _with_removed(record: KafkaRecord, removed: Sequence[str]) -> KafkaRecord:
    """The record of a delivery names the events that stay though it gives them no more: so they are told again."""
    if record.topic != DELIVERIES or not removed:
        return record
    headers = [
        (
            name,
            b",".join((*filter(None, [value]), *(one.encode() for one in removed)))
            if name == EVENT_IDS_HEADER
            else value,
        )
        for name, value in record.headers
    ]
    return record._replace(headers=headers)
