"""Sending one payload to a gateway, signed as its vendor would sign it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import uuid4

import httpx
import orjson

from producers.mapping import MappedSource
from producers.mapping.verification import signed as signed_as_mapped
from producers.registry import find_source
from producers.reports.posted import TOKEN_HEADER, PostedReport
from producers.signatures import standard_webhook_headers
from producers.source import Source, Unmappable, path_of
from producers.sources.cdevents.envelope import http_headers
from producers.vendor import Vendor
from schemas.deliveries import Answer, Headers, Secret


class NotSent(Exception):
    """The payload was not taken; the message says why and what to do."""


def signed_headers(source: str, event: str, body: bytes, secret: Secret) -> dict[str, str]:
    """The headers that `source` would send with `body`. Raises NotSent where its signature is not known here.

    `event` is the vendor's name of it, '' for a source that names it in the body.
    """
    if source == "cdevents":
        return _cdevents_headers(body, secret)
    vendor = find_source(source)
    if not isinstance(vendor, Vendor):
        raise NotSent(f"deliveries of {source!r} cannot be signed here: how it does that is not told")
    if not event and not vendor.naming.in_body and len(vendor.handles) > 1:
        raise NotSent(f"{source} names the event in a header; say which it is with --event")
    signed = vendor.proof.sign(body, secret, str(uuid4()), datetime.now(UTC))
    return {"content-type": "application/json", **named(vendor, event), **signed.headers}


def send(
    gateway: str, of: Source, event: str, body: bytes, secret: Secret, given: Headers = MappingProxyType({})
) -> Answer:
    """Posts `body` to the gateway at the URL `gateway` as a sender of `of` would, and with the headers `given`.

    Raises NotSent.
    """
    if isinstance(of, MappedSource | PostedReport):
        headers = own_headers(of, event, body, secret, datetime.now(UTC))
    else:
        headers = signed_headers(of.name, event, body, secret)
    return post(gateway, path_of(of) + _token_of(of, secret), {**given, **headers}, body)


def named(of: Source, event: str) -> dict[str, str]:
    """The headers in which a sender of `of` says that a delivery is `event`; none where it says so elsewhere."""
    if not event:
        return {}
    if isinstance(of, MappedSource):
        return {of.event_header: event} if of.event_header else {}
    return of.naming.request(event)[0] if isinstance(of, Vendor) else {}


def own_headers(
    of: MappedSource | PostedReport, event: str, body: bytes, secret: Secret, now: datetime
) -> dict[str, str]:
    """The headers with which the sender of a mapped source, or of a report, would prove who it is."""
    if isinstance(of, PostedReport):
        return {"content-type": of.format.content_type, TOKEN_HEADER: secret.decode()}
    return {
        "content-type": "application/json",
        **named(of, event),
        **signed_as_mapped(of.signature, body, secret, str(uuid4()), now),
    }


def _token_of(of: Source, secret: Secret) -> str:
    """The part of the address after the source's name, with the slash before it: the secret, where it goes there."""
    in_address = isinstance(of, MappedSource) and of.signature.scheme == "url-token"
    return f"/{secret.decode()}" if in_address else ""


def post(gateway: str, path: str, headers: Mapping[str, str], body: bytes, patience: float = 10) -> Answer:
    """Posts `body` to `path` of the gateway at the URL `gateway`. Raises NotSent."""
    try:
        answer = httpx.post(f"{gateway.rstrip('/')}{path}", content=body, headers=dict(headers), timeout=patience)
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
