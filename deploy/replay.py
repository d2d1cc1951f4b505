"""`pipegauge replay --dead-letters`: what no mapping fitted goes again through normalise, after a fix.

The letters are read from ClickHouse and not from their topic: there they can be chosen by reason and source, they are
kept for 90 days instead of 30, and a letter that was replayed says so. Events are published as the gateway would have
published them; only when Kafka has acknowledged them is the letter published again, marked. So a replay that is broken
off is simply begun again: the same ids replace what was published twice.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError
from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.stored_deliveries import at_once, chunks
from producers.opening import open_sources
from producers.publisher import producer_settings
from producers.records import KafkaRecord
from producers.redaction import Redaction
from producers.replaying import DeadDelivery, Revived, StillDead, revived
from producers.source import OpenSource
from producers.tracing import start_span
from schemas.catalog import Catalog
from schemas.config import Config
from schemas.connections import client_arguments
from schemas.deliveries import DeadLetter

_CHOSEN = """
FROM dead_letters FINAL
WHERE replayed_at IS NULL AND (%(source)s = '' OR source = %(source)s)
  AND (%(reason)s = '' OR position(reason, %(reason)s) > 0)
"""
_IDS = f"SELECT id, length(body) {_CHOSEN} AND stage = 'normalise' ORDER BY received_at, id"
_OTHERS = f"SELECT stage, count() {_CHOSEN} AND stage != 'normalise' GROUP BY stage ORDER BY stage"
_LETTERS = """
SELECT id, source, event_name, reason, field, received_at, body FROM dead_letters FINAL
WHERE id IN %(ids)s AND stage = 'normalise' AND replayed_at IS NULL ORDER BY received_at, id
"""
_HEADERS = "SELECT id, headers FROM deliveries FINAL WHERE id IN %(ids)s"
_UNMARKED = "SELECT count() FROM dead_letters FINAL WHERE id IN %(ids)s AND replayed_at IS NULL"

_NOT_STORED = "its delivery is not stored yet; replay again in a moment"
_ACKNOWLEDGED_WITHIN_S = 30
_STORED_WITHIN_S = 20


class NotReplayed(RuntimeError):
    """Kafka or ClickHouse does not answer: one line saying what to do."""


@dataclass
class Replayed:
    """What a replay came to. `others` counts the letters of later stages, which no mapping can revive."""

    accepted: int = 0
    ignored: int = 0
    events: int = 0
    still_dead: list[tuple[DeadLetter, StillDead]] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    stored: bool = True


Note = Callable[[DeadLetter, Revived | StillDead], None]


def replay(
    config: Config, resolve: Callable[[str], str], source: str, reason: str, dry: bool, note: Note = lambda *_: None
) -> Replayed:
    """Replays the dead letters of `source` whose reason contains `reason` ('' means all); `note` is told of each.

    With `dry`, nothing is published. Raises NotReplayed.
    """
    with engines(config, resolve, dry) as (client, producer):
        return _Replay(config, resolve, client, producer, note).run(source, reason)


@contextmanager
def engines(config: Config, resolve: Callable[[str], str], dry: bool) -> Iterator[tuple[Client, Any]]:
    """A client of ClickHouse and a producer of Kafka, None with `dry`. Raises NotReplayed for what they raise."""
    connection = config.connections.clickhouse
    client = Client(**client_arguments(connection, resolve(connection.password)))
    producer = None
    try:
        producer = None if dry else KafkaProducer(**producer_settings(config.connections.kafka, resolve))
        yield client, producer
    except (ClickHouseError, OSError, EOFError) as error:  # EOFError: the server closed the connection
        said = str(error).split("Stack trace")[0].strip().replace("\n", " ")
        where = f"ClickHouse at {connection.host}:{connection.port}"
        raise NotReplayed(f"{where} cannot be read ({said}); repair that and replay again") from error
    except KafkaError as error:
        brokers = ", ".join(config.connections.kafka.brokers)
        raise NotReplayed(
            f"Kafka at {brokers} does not take the events ({error}); repair that and replay again"
        ) from error
    finally:
        client.disconnect()
        if producer is not None:
            producer.close(timeout=_ACKNOWLEDGED_WITHIN_S)


def publish(producer: Any, records: Sequence[KafkaRecord]) -> None:
    """Returns when Kafka has acknowledged all. Raises KafkaError."""
    sent = [producer.send(one.topic, one.value, one.key, one.headers) for one in records]
    for future in sent:
        future.get(timeout=_ACKNOWLEDGED_WITHIN_S)


class _Replay:
    def __init__(
        self, config: Config, resolve: Callable[[str], str], client: Client, producer: Any, note: Note
    ) -> None:
        self._sources: dict[str, OpenSource] = open_sources(config, resolve)
        self._catalog = Catalog(config.services)
        self._salt = resolve(config.salt).encode()
        self._redaction = Redaction(config.redact)
        self._client = client
        self._producer = producer
        self._note = note

    def run(self, source: str, reason: str) -> Replayed:
        chosen = {"source": source, "reason": reason}
        done = Replayed(others=dict(self._client.execute(_OTHERS, chosen)))
        marked: list[str] = []
        for ids in chunks(self._client.execute(_IDS, chosen)):
            marked += self._replay(self._letters(ids), done)
        done.stored = self._producer is None or self._is_stored(marked)
        return done

    def _replay(self, letters: Sequence[DeadDelivery], done: Replayed) -> list[str]:
        revivals: list[Revived] = []
        for dead in letters:
            outcome = self._revived(dead) if dead.headers else StillDead(_NOT_STORED, None)
            self._note(dead.letter, outcome)
            if isinstance(outcome, StillDead):
                done.still_dead.append((dead.letter, outcome))
                continue
            revivals.append(outcome)
            done.accepted += outcome.intake.outcome == "accepted"
            done.ignored += outcome.intake.outcome == "ignored"
            done.events += len(outcome.intake.events)
        if self._producer is not None:
            publish(self._producer, [record for one in revivals for record in one.intake.records])
            publish(self._producer, [one.mark for one in revivals])
        return [one.intake.delivery for one in revivals]

    def _revived(self, dead: DeadDelivery) -> Revived | StillDead:
        span, traceparent = start_span(dead.letter.source, {})
        try:
            opened = self._sources.get(dead.letter.source)
            now = datetime.now(UTC)
            return revived(dead, opened, self._catalog, self._salt, traceparent, now, self._redaction)
        finally:
            span.end()

    def _letters(self, ids: Sequence[str]) -> list[DeadDelivery]:
        """The letters with their bodies, and the headers of their deliveries: none where one is not stored yet."""
        as_bytes = {"strings_as_bytes": True}  # a body need not be UTF-8
        headers = {
            str(id_): {name.decode(): text.decode() for name, text in found.items()}
            for id_, found in self._client.execute(_HEADERS, {"ids": ids}, settings=as_bytes)
        }
        found = []
        for row in self._client.execute(_LETTERS, {"ids": ids}, settings=as_bytes):
            id_, source, event_name, reason, where, received_at, body = row
            letter = DeadLetter(
                id=str(id_),
                source=source.decode(),
                event_name=event_name.decode(),
                delivery=str(id_),
                stage="normalise",
                reason=reason.decode(),
                field=where.decode() or None,
                received_at=received_at,
            )
            found.append(DeadDelivery(letter, body, headers.get(letter.id, {})))
        return found

    def _is_stored(self, ids: Sequence[str]) -> bool:
        """Whether the marks are in ClickHouse, after waiting for the store."""
        deadline = time.monotonic() + _STORED_WITHIN_S
        for ids_of_chunk in at_once(ids):
            while self._client.execute(_UNMARKED, {"ids": ids_of_chunk})[0][0]:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.2)
        return True
