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

    JSON that a CloudEvent carries in base64, or a form that was made JSON on its way carries as text, is unpacked, so
    that personal values are found in it. Raises NotJson.
    """
    payload = _of_form(body) if is_form(headers) else body
    payload = payload.removeprefix(_BYTE_ORDER_MARK)
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"the body is not JSON ({error}); send UTF-8 JSON as the vendor does") from error
    document, payload = _of_packed_form(document) or (document, payload)
    unpacked = _unpacked(document) if _CLOUD_EVENT.fullmatch(_media_type(headers)) else document
    # A body with few brackets cannot be deep, unless there are more in what was packed.
    if unpacked is not document or payload.count(b"{") + payload.count(b"[") > MOST_LEVELS:
        _refuse_depth(unpacked)
    return unpacked, payload if unpacked is document else orjson.dumps(unpacked)


def is_form(headers: Headers) -> bool:
    """Whether the body is a form, whose field `payload` has the JSON."""
    return _media_type(headers) == _FORM


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip()


def _unpacked(document: object) -> object:
    """A CloudEvent, or a list of them, with what it has in base64 as `data`; the document itself if there is none."""
    if isinstance(document, list):
        events = [_unpacked_event(one) for one in document]
        return events if any(new is not old for new, old in zip(events, document, strict=True)) else document
    return _unpacked_event(document)


def _unpacked_event(event: Any) -> Any:
    """What is no JSON stays as it is."""
    try:
        data = orjson.loads(base64.b64decode(event["data_base64"], validate=True))
    except (KeyError, TypeError, ValueError):  # no object, absent, no text, no base64 or no JSON: nothing to unpack
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


def _of_packed_form(document: Any) -> tuple[object, bytes] | None:
    """The object in a form that something on its way made JSON: a field `payload` alone, with JSON in a text."""
    if not isinstance(document, dict) or document.keys() != {"payload"} or not isinstance(document["payload"], str):
        return None
    payload = document["payload"].encode()
    try:
        inner = orjson.loads(payload)
    except orjson.JSONDecodeError:  # a text of the sender's own
        return None
    return (inner, payload) if isinstance(inner, dict) else None


def _refuse_depth(document: object) -> None:
    """Raises NotJson for more than 64 levels; they are gone through one by one, without recursion."""
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
            return
    raise NotJson(f"the body is nested deeper than {MOST_LEVELS} levels")
