"""JSON as a sender must send it: UTF-8, no NaN, at most 64 levels deep."""

import base64
import re
from typing import Any
from urllib.parse import parse_qs

import orjson

from producers.source import NotJson
from schemas.deliveries import Headers

MOST_LEVELS = 64
_FORM = "application/x-www-form-urlencoded"
_CLOUD_EVENT = re.compile(r"application/cloudevents(?:-batch)?\+json", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # RFC 8259 lets a reader ignore it


def parse_body(headers: Headers, body: bytes) -> tuple[object, bytes]:
    """The document of a body, and the JSON bytes it stands in: the body's own, or those of a form's field `payload`.

    JSON that a CloudEvent carries in base64 is unpacked, so that personal values are found in it. Raises NotJson.
    """
    payload = _of_form(body) if is_form(headers) else body
    payload = payload.removeprefix(_BYTE_ORDER_MARK)
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"the body is not JSON ({error}); send UTF-8 JSON as the vendor does") from error
    if b'"data_base64"' in payload and _CLOUD_EVENT.fullmatch(_media_type(headers)):
        document = _unpacked(document)
        payload = orjson.dumps(document)
    if _is_too_deep(payload, document):
        raise NotJson(f"the body is nested deeper than {MOST_LEVELS} levels")
    return document, payload


def is_form(headers: Headers) -> bool:
    """Whether the body is a form, whose field `payload` has the JSON."""
    return _media_type(headers) == _FORM


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip()


def _unpacked(document: object) -> object:
    """A CloudEvent, or a list of them, with its base64 in `data`; what is no JSON in there stays as it is."""
    if isinstance(document, list):
        return [_unpacked_event(one) if isinstance(one, dict) else one for one in document]
    return _unpacked_event(document) if isinstance(document, dict) else document


def _unpacked_event(event: dict[str, Any]) -> dict[str, Any]:
    try:
        data = orjson.loads(base64.b64decode(event["data_base64"], validate=True))
    except (KeyError, TypeError, ValueError):  # absent, no text, no base64 or no JSON: nothing to unpack
        return event
    return {**{name: value for name, value in event.items() if name != "data_base64"}, "data": data}


def _of_form(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=16, errors="strict")
    except ValueError as error:  # not ASCII, not a form, or a field that is not UTF-8
        raise NotJson(f"the form cannot be read ({error}); send a field `payload`, or JSON") from error
    if len(fields.get("payload", ())) != 1:
        raise NotJson("the form has no single field `payload`; send one, or JSON")
    return fields["payload"][0].encode()


def _is_too_deep(payload: bytes, document: object) -> bool:
    """Level by level, without recursion; a body with few brackets cannot be deep."""
    if payload.count(b"{") + payload.count(b"[") <= MOST_LEVELS:
        return False
    level: list[object] = [document]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            if type(outer) is dict or type(outer) is list
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True
