"""What the gateway refuses or cannot map: the answer that each sender gets, and what is in the topics afterwards."""

import asyncio
import socket
import time

import httpx
import pytest

from producers.body import BODY_CAP
from tests.producers.gateway.acme import NEXT_SECRET, SECRET, run, signed
from tests.producers.gateway.process import GatewayProcess, Topics

DEEP = b"[" * 10_000 + b"]" * 10_000


def assert_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= problem.keys()


def assert_nothing_published(topics: Topics) -> None:
    assert topics.new() == {"deliveries": [], "events": [], "dead-letters": []}


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("sha256=" + "0" * 64, id="wrong"),
        pytest.param("", id="missing"),
        pytest.param("sha256=zz", id="malformed"),
        pytest.param("sha256=\xe9", id="not ASCII"),
    ],
)
def test_a_signature_that_does_not_fit_is_401_and_nothing_is_published(
    gateway: GatewayProcess, topics: Topics, signature: str
) -> None:
    headers, body = signed(run())
    answer = httpx.post(
        gateway.url + "/hooks/acme",
        content=body,
        headers=[(k.encode(), v.encode("latin-1")) for k, v in (headers | {"x-acme-signature": signature}).items()],
    )
    assert_problem(answer, 401)
    assert_nothing_published(topics)


@pytest.mark.parametrize("path", ["/hooks/nobody", "/hooks/", "/hooks/acme/token/more"])
def test_an_unknown_source_is_404_and_nothing_is_published(gateway: GatewayProcess, topics: Topics, path: str) -> None:
    headers, body = signed(run())
    assert_problem(gateway.post_raw(body, headers, path), 404)
    assert_nothing_published(topics)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"run=1", id="not JSON"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"run": "\xff"}', id="not UTF-8"),
        pytest.param(DEEP, id="depth 10,000"),
        pytest.param(b'{"run": NaN}', id="NaN"),
        pytest.param(b'{"run": 1e999}', id="infinite"),
    ],
)
@pytest.mark.faults(22)
def test_an_authentic_body_that_is_not_json_is_400_and_nothing_is_published(
    gateway: GatewayProcess, topics: Topics, body: bytes
) -> None:
    assert_problem(gateway.post(body), 400)
    assert_nothing_published(topics)


def test_another_method_is_405_and_another_path_is_404(gateway: GatewayProcess) -> None:
    answer = httpx.get(gateway.url + "/hooks/acme")
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert_problem(httpx.get(gateway.url + "/elsewhere"), 404)


@pytest.mark.faults(24)
def test_a_compressed_body_is_415_and_nothing_is_published(gateway: GatewayProcess, topics: Topics) -> None:
    assert_problem(gateway.post(run(), content_encoding="gzip"), 415)
    assert_nothing_published(topics)


def padded(size: int) -> bytes:
    """A run whose body has `size` bytes."""
    empty = b'{"repository":"acme/shop","run":25,"at":"2026-01-05T10:00:00Z","pad":"%s"}'
    return empty % (b"x" * (size - len(empty) + 2))


@pytest.mark.faults(25)
def test_a_body_at_the_cap_is_accepted_and_whole_in_the_topic(gateway: GatewayProcess, topics: Topics) -> None:
    body = padded(26_214_400)
    assert len(body) == BODY_CAP
    answer = gateway.post(body)
    assert answer.status_code == 202, answer.text
    (record,) = topics.new()["deliveries"]
    assert record.value == body


@pytest.mark.faults(25)
def test_one_byte_more_is_413_and_nothing_is_published(gateway: GatewayProcess, topics: Topics) -> None:
    assert_problem(gateway.post(padded(26_214_401)), 413)
    assert_nothing_published(topics)


@pytest.mark.faults(24)
def test_a_body_without_a_length_is_413_as_soon_as_it_is_too_large(gateway: GatewayProcess, topics: Topics) -> None:
    headers, _ = signed(b"")
    chunks = (b"x" * 65_536 for _ in range(BODY_CAP // 65_536 + 1))
    assert_problem(httpx.post(gateway.url + "/hooks/acme", content=chunks, headers=headers, timeout=30), 413)
    assert_nothing_published(topics)


def test_a_promise_of_too_much_is_413_before_the_body_comes(gateway: GatewayProcess) -> None:
    with connected(gateway) as sender:
        sender.sendall(b"POST /hooks/acme HTTP/1.1\r\nhost: x\r\ncontent-length: 26214401\r\n\r\n")
        assert sender.recv(4_096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.faults(24)
def test_a_body_that_is_too_slow_is_408_and_others_are_served_meanwhile(
    gateway: GatewayProcess, topics: Topics
) -> None:
    with connected(gateway) as sender:
        sender.sendall(b"POST /hooks/acme HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        begun = time.monotonic()
        assert gateway.post(run(408)).status_code == 202
        assert time.monotonic() - begun < 0.9
        assert sender.recv(4_096).startswith(b"HTTP/1.1 408 ")
    assert len(topics.new()["deliveries"]) == 1


def test_a_sender_that_never_ends_its_headers_is_cut_off(gateway: GatewayProcess) -> None:
    with connected(gateway) as sender:
        sender.sendall(b"POST /hooks/acme HTTP/1.1\r\nhost: x\r\n")
        sender.settimeout(7)
        while sender.recv(4_096):  # a timeout here means that the connection is still open
            pass


def connected(gateway: GatewayProcess) -> socket.socket:
    url = httpx.URL(gateway.url)
    return socket.create_connection((url.host, url.port or 0), timeout=10)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        pytest.param([1, 2], "$", id="a list instead of an object"),
        pytest.param({"repository": "acme/shop", "run": 1}, "at", id="a field is missing"),
        pytest.param(run(at="yesterday"), "occurred_at", id="a value that is no time"),
        pytest.param(run(repository="acme\0/shop"), "repository", id="NUL in a string"),
        pytest.param(run("defect"), None, id="a mapping with a defect"),  # type: ignore[arg-type]
    ],
)
@pytest.mark.faults(22)
def test_what_no_mapping_fits_is_a_dead_letter_that_names_the_field_and_the_next_event_passes(
    gateway: GatewayProcess, topics: Topics, payload: object, field: str | None
) -> None:
    answer = gateway.post(payload)
    assert answer.status_code == 202
    assert answer.json()["outcome"] == "dead-letter"
    assert answer.json()["events"] == []
    assert gateway.post(run(2)).json()["outcome"] == "accepted"
    found = topics.new()
    (letter,) = found["dead-letters"]
    told = httpx.Response(200, content=dict(letter.headers)["pipegauge-dead-letter"]).json()
    assert told.get("field") == field
    assert told["delivery"] == answer.json()["delivery"]
    assert told["reason"]
    assert letter.key == b"acme"
    assert [record.key.decode() for record in found["deliveries"] if record.value == letter.value] == [told["id"]]
    assert len(found["events"]) == 1


def test_an_event_without_a_mapping_is_a_dead_letter_and_an_ignored_one_is_kept_raw(
    gateway: GatewayProcess, topics: Topics
) -> None:
    assert gateway.post({"a": 1}, event="novelty").json()["outcome"] == "dead-letter"
    assert gateway.post({"a": 2}, event="ping").json()["outcome"] == "ignored"
    found = topics.new()
    assert sorted(record.value for record in found["deliveries"]) == [b'{"a": 1}', b'{"a": 2}']
    assert len(found["dead-letters"]) == 1
    assert found["events"] == []


def test_the_same_delivery_five_times_at_once_is_five_202_with_one_id(gateway: GatewayProcess, topics: Topics) -> None:
    headers, body = signed(run(5))

    async def five() -> list[httpx.Response]:
        async with httpx.AsyncClient() as client:
            posts = (client.post(gateway.url + "/hooks/acme", content=body, headers=headers) for _ in range(5))
            return await asyncio.gather(*posts)

    answers = asyncio.run(five())
    assert [answer.status_code for answer in answers] == [202] * 5
    assert len({answer.text for answer in answers}) == 1
    found = topics.new()
    assert {record.key for record in found["deliveries"]} == {answers[0].json()["delivery"].encode()}
    assert {dict(record.headers)["ce_id"].decode() for record in found["events"]} == set(answers[0].json()["events"])


@pytest.mark.faults(32)
def test_while_secrets_rotate_old_and_next_are_accepted(gateway: GatewayProcess) -> None:
    assert [gateway.post(run(), secret).status_code for secret in (SECRET, NEXT_SECRET, b"another")] == [202, 202, 401]


def test_a_token_in_the_path_reaches_no_log(gateway: GatewayProcess) -> None:
    headers, body = signed(run())
    assert gateway.post_raw(body, headers, "/hooks/acme/t0ken-of-the-url").status_code == 202
    assert gateway.post_raw(b"no", headers, "/hooks/acme/t0ken-of-the-url").status_code == 401
    assert "t0ken" not in gateway.log.read_text()


def test_status_and_health_are_served(gateway: GatewayProcess) -> None:
    assert gateway.post(run()).status_code == 202
    status = gateway.status()
    assert status["spool_depth"] == 0
    assert status["dirty"] == 0
    assert status["lag"] == {}
    assert status["freshness"] < 10
    assert gateway.ready() == 200


@pytest.mark.parametrize(
    ("sent", "carried"),
    [
        pytest.param(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c", id="kept"
        ),
        pytest.param("00-not-a-trace-01", None, id="replaced where it is no trace"),
        pytest.param(None, None, id="begun where the sender has none"),
    ],
)
def test_the_senders_trace_is(gateway: GatewayProcess, topics: Topics, sent: str | None, carried: str | None) -> None:
    headers, body = signed(run())
    assert gateway.post_raw(body, headers | ({"traceparent": sent} if sent else {})).status_code == 202
    traces = {dict(one.headers)["traceparent"].decode() for records in topics.new().values() for one in records}
    assert len(traces) == 1
    version, trace, span, flags = traces.pop().split("-")
    # A trace that nobody records says so: no collector is configured.
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01" if carried else "00")
    assert trace == (carried or trace)
    assert int(trace, 16) > 0
