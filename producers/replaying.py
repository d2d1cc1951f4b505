"""A dead delivery again through normalise, after its mapping was fixed: what would be published. Pure."""

from dataclasses import dataclass
from datetime import datetime

from producers.gateway import TRACEPARENT, Intake, intake_of, read
from producers.records import KafkaRecord
from producers.redaction import DEFAULT, Redaction
from producers.source import OpenSource, Refused
from schemas import topics
from schemas.catalog import Catalog
from schemas.codec import encode
from schemas.deliveries import DEAD_LETTER_HEADER, DeadLetter, Delivery, Headers


@dataclass(frozen=True, slots=True)
class DeadDelivery:
    """A dead letter with the body and the headers that were kept."""

    letter: DeadLetter
    body: bytes
    headers: Headers


@dataclass(frozen=True, slots=True)
class Revived:
    """What a delivery became. `mark` is its letter again, to be published after `intake.records` are safe."""

    intake: Intake
    mark: KafkaRecord


@dataclass(frozen=True, slots=True)
class StillDead:
    """Why it becomes no events yet."""

    reason: str
    field: str | None


def revived(
    dead: DeadDelivery,
    opened: OpenSource | None,
    catalog: Catalog,
    salt: bytes,
    traceparent: str,
    now: datetime,
    redaction: Redaction = DEFAULT,
) -> Revived | StillDead:
    """What the mapping of now makes of `dead`: the same ids as if it had never been broken.

    The signature was verified when the delivery came; it is not kept.
    """
    letter = dead.letter
    if opened is None:
        return StillDead(f"the source {letter.source} is not configured any more", None)
    delivery = Delivery(letter.source, dead.headers, dead.body, None, letter.received_at)
    try:
        reading = read(delivery, opened.source, salt, redaction)
        if reading.outcome == "dead-letter":
            return StillDead(reading.reason or "", reading.field)
        intake = intake_of(letter.id, delivery, reading, opened.secrets, opened.settings, catalog, traceparent)
    except Refused as refused:  # the source has become stricter than it was at the door
        return StillDead(f"{refused.title}: {refused.detail}", None)
    return Revived(intake, mark(letter, intake, traceparent, now))


def mark(letter: DeadLetter, intake: Intake, traceparent: str, now: datetime) -> KafkaRecord:
    """The letter again, which says that its delivery became `intake`."""
    kept = next(record.value for record in intake.records if record.topic == topics.DELIVERIES)
    headers = [
        (DEAD_LETTER_HEADER, encode(letter.model_copy(update={"replayed_at": now}))),
        (TRACEPARENT, traceparent.encode()),
    ]
    return KafkaRecord(topics.DEAD_LETTERS, letter.source.encode(), kept, headers)
