"""Deliveries: what a sender handed in, before anybody read a meaning into it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from schemas.model import Moment, Record, identity

Headers = Mapping[str, str]  # names in lower case

# Record headers of the topic `deliveries`, beside the kept HTTP headers, whose names start with HTTP_PREFIX.
SOURCE_HEADER = "pipegauge-source"
EVENT_NAME_HEADER = "pipegauge-event"
OUTCOME_HEADER = "pipegauge-outcome"
RECEIVED_AT_HEADER = "pipegauge-received-at"
EVENT_IDS_HEADER = "pipegauge-event-ids"  # separated by commas
HTTP_PREFIX = "http-"
# On a record of the topic `events`: the delivery it came with.
DELIVERY_HEADER = "pipegauge-delivery"
# On a record of the topic `dead-letters`, whose value is the raw bytes: the JSON of a DeadLetter.
DEAD_LETTER_HEADER = "pipegauge-dead-letter"
_KEPT_HEADER = re.compile(
    r"(?:x|ce|webhook|circleci|gotk|sentry)-[a-z0-9-]{1,100}|content-type|user-agent|idempotency-key", re.ASCII
)
_PRIVATE_HEADER = re.compile(
    r"sign|token|secret|auth|cookie|passw|credential|hmac|api-?key|forward|real-ip|client-ip|remote"
)
Secret = NewType("Secret", bytes)
DeliveryOutcome = Literal["accepted", "ignored", "dead-letter"]
Fault = Literal["unmapped", "invalid", "defect"]
"""Why something became a dead letter: no mapping fits, a value that cannot be, or our code failed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a sender. All that a verification may need is in it.

    `headers` have lower-case names; `body` are the raw bytes as sent; `url_token` is the path's last segment for
    vendors that can sign nothing (never logged, never published); `received_at` is UTC. `document` is the parsed JSON
    of the body with personal values hashed: what `Source.normalise` reads; None before the body was parsed.
    """

    source: str
    headers: Headers
    body: bytes
    url_token: str | None
    received_at: datetime
    document: object = None


class Answer(Record):
    """The body of a 202: what was done with the delivery, where it is safe, and the ids of its events."""

    delivery: str
    outcome: DeliveryOutcome
    stored: Literal["kafka", "spool"]
    events: tuple[str, ...]


class DeadLetter(Record):
    """Why an authentic delivery became no events. `field` names the JSON path that did not fit, where one did not.

    `id` is the delivery's id for the stage normalise, else the id of the record that failed. `replayed_at` is when the
    delivery became events after all, or was ignored: the same letter again, newer than the one that called it dead.
    """

    id: str
    source: str
    event_name: str
    delivery: str
    stage: Literal["normalise", "correlate", "roll", "rollup", "alert", "store"]
    reason: str
    field: str | None = None
    received_at: Moment
    replayed_at: Moment | None = None


def is_kept_header(name: str) -> bool:
    """Whether the HTTP header `name`, in lower case, is kept: never a signature, token, cookie or sender's address."""
    return _KEPT_HEADER.fullmatch(name) is not None and _PRIVATE_HEADER.search(name) is None


def delivery_id(source: str, event_name: str, body: bytes) -> str:
    """The id of a delivery: uuid5 of source, event name and the SHA-256 of the raw body.

    A vendor's own delivery id can be forged, repeated or missing: it is kept as a column only.
    """
    return str(identity(source, event_name, hashlib.sha256(body).hexdigest()))
