"""Broken sources for Acme CI: a fault each that the kit must find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from producers.proof import Hmac, Proof, Signed
from producers.signatures import standard_webhook_headers
from producers.source import BadSignature
from producers.vendor import Told
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Actor, DeploymentUpdated, Event, Origin, event_id
from tests.conformance.acme import SOUND, build, push, run_of


@dataclass(frozen=True)
class Unsigned:
    """Accepts what is not signed: it compares only what is there."""

    proof: Proof = field(default_factory=lambda: Hmac("X-Acme-Signature", "sha256="))
    told = "the header `X-Acme-Signature`, where it is there"

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        if "x-acme-signature" in delivery.headers:
            self.proof.verify(delivery, secrets)

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        return self.proof.sign(body, secret, id_, at)


@dataclass(frozen=True)
class Ageless:
    """Signs a time, and never asks how long ago that was."""

    told = "`webhook-signature` signs id, timestamp and raw body"

    def verify(self, delivery: Delivery, secrets: Iterable[Secret]) -> None:
        given = {name: delivery.headers.get(name, "") for name in ("webhook-id", "webhook-timestamp")}
        if not given["webhook-timestamp"].isdigit() or not given["webhook-id"]:
            raise BadSignature("webhook-id and webhook-timestamp are missing")
        at = datetime.fromtimestamp(int(given["webhook-timestamp"][:10]), UTC)
        wanted = [standard_webhook_headers(given["webhook-id"], at, delivery.body, secret) for secret in secrets]
        if delivery.headers.get("webhook-signature") not in [one["webhook-signature"] for one in wanted]:
            raise BadSignature("webhook-signature does not fit")

    def sign(self, body: bytes, secret: Secret, id_: str, at: datetime) -> Signed:
        return Signed(standard_webhook_headers(id_, at, body, secret))


def delivery_id_as_identity(told: Told) -> list[Event]:
    found = told.payload.part("build")
    mark = told.headers.get("x-acme-delivery", "")
    return [run_of(told, found, found.number("attempt"), found.moment("ended"), mark)]


def local_time(told: Told) -> list[Event]:
    found = told.payload.part("build")
    try:
        at = datetime.strptime(found.text("ended"), "%Y-%m-%dT%H:%M:%SZ").astimezone(UTC)
    except ValueError:
        raise found.unfit("ended", "a time") from None
    return [run_of(told, found, found.number("attempt"), at)]


def key_error(told: Told) -> list[Event]:
    found = told.payload.part("build")
    return [run_of(told, found, found.value["attempt"], found.moment("ended"))]


def name_guessed_production(told: Told) -> list[Event]:
    found, at = told.payload.part("build"), told.payload.part("build").moment("ended")
    events = build(told)
    if "prod" in found.text("job"):
        origin = Origin(repository=told.payload.text("repository"))
        events.append(
            DeploymentUpdated(
                **told.frame("DeploymentUpdated", "urn:acme", origin, found.id("id"), "succeeded", at),
                deployment=found.id("id"),
                environment="production",
                tier="production",
                state="succeeded",
                created_at=at,
            )
        )
    return events


def quadratic(told: Told) -> list[Event]:
    seen: list[Any] = []
    for one in told.payload.parts("commits"):
        if one.value not in seen:
            seen.append(one.value)
    return push(told)


def forgets_attempts(told: Told) -> list[Event]:
    found = told.payload.part("build")
    found.number("attempt")
    return [run_of(told, found, 1, found.moment("ended"))]


class Swallowing:
    """Swallows unknown events: whatever it does not handle, it calls ignored."""

    name = "acme-ci"
    handles = SOUND.handles
    ignores = SOUND.ignores
    personal = SOUND.personal
    proof: Proof | None = SOUND.proof

    def event_name(self, headers: Headers, body: bytes) -> str:
        name = SOUND.event_name(headers, body)
        return name if name in SOUND.handles else "ping"

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        SOUND.verify(delivery, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        return SOUND.normalise(delivery) if self.event_name(delivery.headers, delivery.body) in self.handles else []


class Silent(Swallowing):
    """Gives no events for an event that it does not know, when it is asked directly."""

    def event_name(self, headers: Headers, body: bytes) -> str:
        return SOUND.event_name(headers, body)


# --- faults of the same kinds, made in another way ---


def delivery_id_of_the_body(told: Told) -> list[Event]:
    found = told.payload.part("build")
    mark = str(told.payload.value.get("delivery_id"))
    return [run_of(told, found, found.number("attempt"), found.moment("ended"), mark)]


def receipt_as_identity(told: Told) -> list[Event]:
    found = told.payload.part("build")
    return [run_of(told, found, found.number("attempt"), told.received_at)]


def offset_not_read(told: Told) -> list[Event]:
    found = told.payload.part("build")
    try:
        at = datetime.fromisoformat(found.text("ended")[:19]).replace(tzinfo=UTC)
    except ValueError:
        raise found.unfit("ended", "a time") from None
    return [run_of(told, found, found.number("attempt"), at)]


def now(told: Told) -> list[Event]:
    found = told.payload.part("build")
    at = datetime.now(UTC).replace(microsecond=0)
    return [run_of(told, found, found.number("attempt"), at)]


def attempt_outside_the_id(told: Told) -> list[Event]:
    found, at = told.payload.part("build"), told.payload.part("build").moment("ended")
    event = run_of(told, found, found.number("attempt"), at)
    return [event.model_copy(update={"id": event_id("urn:acme", "RunUpdated", event.run, None, "x", str(at))})]


def time_outside_the_id(told: Told) -> list[Event]:
    [event] = build(told)
    return [event.model_copy(update={"id": "one-for-all"})]


def key_error_of_deploy(told: Told) -> list[Event]:
    _ = told.payload.value["deployment"]["at"]["of"]
    return []


def guessed_bot(told: Told) -> list[Event]:
    name = told.payload.part("by").text("login")
    return [one.model_copy(update={"actor": Actor(id=name, kind=_kind_of(name))}) for one in build(told)]


def _kind_of(name: str) -> Literal["human", "bot"]:
    return "bot" if "bot" in name else "human"


class OwnVerification(Swallowing):
    """A sound source that is no Vendor, and says nowhere how it verifies."""

    proof = None

    def event_name(self, headers: Headers, body: bytes) -> str:
        return SOUND.event_name(headers, body)

    def normalise(self, delivery: Delivery) -> list[Event]:
        return SOUND.normalise(delivery)


class OwnRotation(OwnVerification):
    """Looks at the first secret only."""

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        SOUND.verify(delivery, list(secrets)[:1])


def remembering(told: Told) -> list[Event]:
    """Tells each build once."""
    id_ = told.payload.part("build").id("id")
    known = id_ in _SEEN
    _SEEN.append(id_)
    return [] if known else build(told)


_SEEN: list[str] = []
