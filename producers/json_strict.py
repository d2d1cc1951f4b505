"""JSON as a sender must send it: UTF-8, no NaN, at most 64 levels deep."""

from urllib.parse import parse_qs

import orjson

from producers.source import NotJson
from schemas.deliveries import Headers

MOST_LEVELS = 64
_FORM = "application/x-www-form-urlencoded"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # RFC 8259 lets a reader ignore it


def parse_body(headers: Headers, body: bytes) -> tuple[object, bytes]:
    """The document of a body, and the JSON bytes it stands in: the body's own, or those of a form's field `payload`.

    Raises NotJson.
    """
    payload = _of_form(body) if headers.get("content-type", "").partition(";")[0].strip() == _FORM else body
    payload = payload.removeprefix(_BYTE_ORDER_MARK)
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"the body is not JSON ({error}); send UTF-8 JSON as the vendor does") from error
    if _is_too_deep(payload, document):
        raise NotJson(f"the body is nested deeper than {MOST_LEVELS} levels")
    return document, payload


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
