"""Mutated payloads through the gateway's core and what follows it: each must leave by one of the three doors."""

import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from producers.gateway import Intake, take_in
from producers.records import KafkaRecord
from producers.registry import find_source
from producers.source import Refused
from schemas.catalog import Catalog
from schemas.codec import decode_event
from schemas.config import SourceSettings
from schemas.deliveries import DEAD_LETTER_HEADER, DeadLetter, Delivery
from schemas.topics import DELIVERIES, EVENTS
from stream_processors.correlate import correlate, is_too_late
from stream_processors.correlate.ledger import Ledger
from stream_processors.rows import rows_of
from tests.fuzz.mutations import mutate
from tests.fuzz.payloads import Payload, payloads
from tests.stream_processors.memory_state import MemoryState
from tests.stream_processors.records import Arrival

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1_000)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSIGNED = SourceSettings(unsigned=True)
CATALOG = Catalog(())
FORGET_EVERY = 200
"""Deliveries after which what correlate knows is forgotten: memory is to show leaks, not state."""


@dataclass
class Found:
    """How many left by which door; `failed` says of each that did not how it can be made again."""

    doors: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    resident_kib: list[int] = field(default_factory=list)


def fuzz(count: int, seed: int) -> Found:
    """`count` mutations; the first of them always the same for one seed."""
    found, state = Found(), MemoryState()
    for number, mutated in enumerate(mutations(count, seed)):
        if number % FORGET_EVERY == 0:
            state = MemoryState()
        if number * 10 % count == 0:
            gc.collect()
            found.resident_kib.append(resident_kib())
        try:
            found.doors[_door(mutated, state)] += 1
        except Exception as error:  # the very thing that is looked for
            found.failed.append(
                f"{mutated.source}: seed {seed}, number {number}: {type(error).__name__}: {error}"[:500]
            )
    return found


def mutations(count: int, seed: int) -> Iterator[Payload]:
    """`count` mutated payloads. Each depends on seed and number alone."""
    real = payloads()
    for number in range(count):
        random = Random(f"{seed}/{number}")
        payload = random.choice(real)
        headers = dict(payload.headers)
        if headers and random.random() < 0.05:
            headers[random.choice(list(headers))] = random.choice(("", "x" * 2_000, "é", "push", "null", "\x00"))
        yield Payload(payload.source, headers, mutate(payload.body, random))


def _door(payload: Payload, state: MemoryState) -> str:
    delivery = Delivery(payload.source, payload.headers, payload.body, None, NOW)
    source = find_source(payload.source)
    try:
        intake = take_in(delivery, source, [], UNSIGNED, CATALOG, b"salt", TRACE)
    except Refused as refused:  # the sender's fault
        return str(refused.status)
    _must_be_stored(intake)
    _must_be_correlated(intake, state)
    return intake.outcome


def _must_be_stored(intake: Intake) -> None:
    """Each record becomes rows: what is answered 202 may not end in the store's dead letters."""
    assert intake.records[0].topic == DELIVERIES
    for record in intake.records:
        assert rows_of(_arrival(record)).rows, f"a record of {record.topic} becomes no row"
        letter = dict(record.headers).get(DEAD_LETTER_HEADER)
        if letter is not None:
            reason = DeadLetter.model_validate_json(letter).reason
            assert not reason.startswith("the mapping of"), reason  # it is kept, but nobody had thought of it


def _must_be_correlated(intake: Intake, state: MemoryState) -> None:
    for record in intake.records:
        if record.topic == EVENTS:
            event = decode_event(record.value)
            ledger = Ledger(state, record.key.decode(), NOW_MS)
            if not is_too_late(event, ledger):
                correlate(event, ledger, CATALOG)
                ledger.flush()


def _arrival(record: KafkaRecord) -> Arrival:
    return Arrival(record.topic, record.key, record.value, record.headers)


def resident_kib() -> int:
    """What this process holds in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
