"""A vendor of our own: small enough to see what the gateway does, signed as GitHub signs."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from producers.source import BadSignature, Unmappable
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event, Origin, RunUpdated, event_id

SECRET = Secret(b"an old secret of acme")
NEXT_SECRET = Secret(b"the next secret of acme")


def run(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The payload of a run that ended."""
    payload = {
        "repository": "acme/shop",
        "run": number,
        "at": "2026-01-05T10:00:00Z",
        "actor": {"login": "Ann Example"},
    }
    return payload | changes


def signed(payload: object, secret: bytes = SECRET, event: str = "run") -> tuple[dict[str, str], bytes]:
    """Headers and body of a delivery; `payload` is bytes to send as they are, or what JSON is made of."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return {"x-acme-event": event, "x-acme-signature": signature, "content-type": "application/json"}, body


class Acme:
    """The source."""

    name = "acme"
    handles = frozenset({"run"})
    ignores = frozenset({"ping"})
    personal = ("**.login",)

    def event_name(self, headers: Headers, body: bytes) -> str:
        return headers.get("x-acme-event", "run")

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        given = delivery.headers.get("x-acme-signature", "").encode()
        if not any(hmac.compare_digest(given, _signature(secret, delivery.body)) for secret in secrets):
            raise BadSignature("the signature does not fit the body")

    def normalise(self, delivery: Delivery) -> list[Event]:
        document = delivery.document
        if not isinstance(document, dict):
            raise Unmappable("the body must be an object", "$")
        for field in ("repository", "run", "at"):
            if field not in document:
                raise Unmappable("a field is missing", field)
        if document["run"] == "defect":
            raise ZeroDivisionError
        return [_run_updated(document, delivery.received_at)]


def _signature(secret: bytes, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()


def _run_updated(document: dict[str, Any], received_at: datetime) -> RunUpdated:
    source, run = "https://acme.example/shop", str(document["run"])
    return RunUpdated(
        id=event_id(source, "RunUpdated", run, 1, "finished", document["at"]),
        source=source,
        origin=Origin(repository=document["repository"]),
        occurred_at=document["at"],
        received_at=received_at,
        run=run,
        attempt=1,
        pipeline="build",
        state="finished",
        outcome="success",
    )
