"""Sending one payload to a gateway, signed as its vendor would sign it."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx
import orjson

from producers.history.deliveries import signed_headers as history_headers
from producers.signatures import github_headers, standard_webhook_headers
from producers.source import Unmappable
from producers.sources.cdevents.envelope import http_headers
from schemas.deliveries import Answer, Secret


class NotSent(Exception):
    """The payload was not taken; the message says why and what to do."""


def signed_headers(source: str, event: str, body: bytes, secret: Secret) -> dict[str, str]:
    """The headers that `source` would send with `body`. Raises NotSent where its signature is not known here.

    `event` is the vendor's name of it, '' for a source that names it in the body.
    """
    if source == "cdevents":
        return _cdevents_headers(body, secret)
    if not event and source in ("github", "git"):
        raise NotSent(f"{source} names the event in a header; say which it is with --event")
    if source == "github":
        return github_headers(event, body, secret, str(uuid4()))
    if source == "git":
        return history_headers(event, body, secret)
    raise NotSent(f"deliveries of {source!r} cannot be signed here; use --source github, cdevents or git")


def send(gateway: str, source: str, event: str, body: bytes, secret: Secret, patience: float = 10) -> Answer:
    """Posts `body` to the gateway at the URL `gateway`, waiting `patience` seconds. Raises NotSent."""
    headers = signed_headers(source, event, body, secret)
    try:
        answer = httpx.post(f"{gateway.rstrip('/')}/hooks/{source}", content=body, headers=headers, timeout=patience)
    except httpx.TransportError as error:  # nobody listens, or nobody answers in time
        raise NotSent(f"no answer from {gateway} ({type(error).__name__}); is the gateway running there?") from error
    if answer.status_code != 202:
        raise NotSent(f"the gateway answered {answer.status_code}: {_detail(answer)}")
    return Answer.model_validate_json(answer.content)


def _cdevents_headers(body: bytes, secret: Secret) -> dict[str, str]:
    try:
        headers = http_headers(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise NotSent(f"the file is not JSON ({error})") from error
    except Unmappable as unmappable:  # neither a CDEvent nor a CloudEvent with one in it
        raise NotSent(f"the file is no CDEvent: {unmappable.reason}") from unmappable
    return {**headers, **standard_webhook_headers(str(uuid4()), datetime.now(UTC), body, secret)}


def _detail(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") == "application/problem+json":
        return str(answer.json().get("detail"))
    return "that is not an answer of pipegauge; check the address"
