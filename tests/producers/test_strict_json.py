"""What is JSON to us, and what is the sender's fault."""

from base64 import b64encode
from urllib.parse import quote_plus

import orjson
import pytest

from producers.json_strict import parse_body
from producers.source import NotJson

JSON = {"content-type": "application/json"}
CLOUD = {"content-type": "application/cloudevents+json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + closing * depth).encode()


def test_a_document_comes_with_the_bytes_that_it_was_read_from() -> None:
    assert parse_body(JSON, b'{"a": 1}') == ({"a": 1}, b'{"a": 1}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'a': 1}",
        b"NaN",
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b'"\xff"',
        b'"\xc3\x28"',
        b"{}{}",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson, match="not JSON"):
        parse_body(JSON, body)


def test_sixty_four_levels_are_enough() -> None:
    parse_body(JSON, nested(64))
    with pytest.raises(NotJson, match="64"):
        parse_body(JSON, nested(65))


@pytest.mark.parametrize("depth", [1_000, 10_000, 1_000_000])
def test_no_depth_is_deep_enough_to_crash(depth: int) -> None:
    for body in (nested(depth), nested(depth, '{"a":', "}").replace(b":}", b":1}", 1)):
        with pytest.raises(NotJson):
            parse_body(JSON, body)


def test_brackets_in_a_text_are_no_depth() -> None:
    body = b'{"a": "' + b"[{" * 500 + b'"}'
    assert parse_body(JSON, body)[0] == {"a": "[{" * 500}


def test_a_wide_document_is_not_deep() -> None:
    body = b"[" + b",".join([b"[[]]"] * 500) + b"]"
    assert parse_body(JSON, body)[0] == [[[]]] * 500


def test_a_forms_payload_is_decoded() -> None:
    body = b"payload=" + quote_plus('{"a": "ü & {}"}').encode()
    assert parse_body(FORM, body) == ({"a": "ü & {}"}, '{"a": "ü & {}"}'.encode())


@pytest.mark.parametrize("body", [b"", b"other=1", b"payload", b"payload=%ff", b"payload=1&payload=2", b"\xff"])
def test_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        parse_body(FORM, body)


def test_a_form_that_was_made_json_on_its_way_is_unpacked() -> None:
    assert parse_body(JSON, orjson.dumps({"payload": '{"a": "ü"}'})) == ({"a": "ü"}, '{"a": "ü"}'.encode())
    with pytest.raises(NotJson, match="64"):
        parse_body(JSON, orjson.dumps({"payload": '{"a": ' + nested(65).decode() + "}"}))


@pytest.mark.parametrize(
    "document", [{"payload": "a text"}, {"payload": "5"}, {"payload": {}}, {"payload": "{}", "a": 1}]
)
def test_another_field_called_payload_is_left_as_it_is(document: object) -> None:
    body = orjson.dumps(document)
    assert parse_body(JSON, body) == (document, body)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_body(JSON, b"\xef\xbb\xbf{}")[0] == {}


def carried(data: bytes, **more: object) -> bytes:
    return orjson.dumps({"specversion": "1.0", "data_base64": b64encode(data).decode(), **more})


@pytest.mark.parametrize("type_", ["application/cloudevents+json", "Application/CloudEvents+JSON; charset=utf-8"])
def test_json_that_a_cloudevent_carries_in_base64_is_unpacked(type_: str) -> None:
    document, payload = parse_body({"content-type": type_}, carried(b'{"user": "ann-example"}'))
    assert document == {"specversion": "1.0", "data": {"user": "ann-example"}} == orjson.loads(payload)


def test_each_cloudevent_of_a_batch_is_unpacked() -> None:
    body = b"[" + carried(b"[1]") + b"," + carried(b"2") + b',{"data": 3},[4]]'
    document, _ = parse_body({"content-type": "application/cloudevents-batch+json"}, body)
    assert document == [{"specversion": "1.0", "data": [1]}, {"specversion": "1.0", "data": 2}, {"data": 3}, [4]]


@pytest.mark.parametrize("data", [b"<xml/>", b"\xff", b""])
def test_what_is_no_json_in_a_cloudevent_stays_as_it_is(data: bytes) -> None:
    document, _ = parse_body(CLOUD, carried(data))
    assert document == orjson.loads(carried(data))


@pytest.mark.parametrize("value", ['"not base64"', "7", "null", "{}"])
def test_a_text_that_is_no_base64_stays_as_it_is(value: str) -> None:
    body = b'{"data_base64": ' + value.encode() + b"}"
    assert parse_body(CLOUD, body)[0] == orjson.loads(body)


@pytest.mark.parametrize("depth", [64, 300, 1_000])
def test_depth_is_not_hidden_by_base64(depth: int) -> None:
    parse_body(CLOUD, carried(nested(63)))
    with pytest.raises(NotJson, match="64"):
        parse_body(CLOUD, carried(nested(depth)))


def test_elsewhere_base64_is_left_alone() -> None:
    assert parse_body(JSON, carried(b"1"))[0] == orjson.loads(carried(b"1"))
