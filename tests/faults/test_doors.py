"""Faults 18, 22, 24, 25, 32 and 34: what comes in at the gateway, and what becomes of it in ClickHouse."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from producers.body import BODY_CAP
from tests.end_to_end.embedded_stack import SECRET
from tests.faults import oracle
from tests.faults.load import Load
from tests.faults.parts import until
from tests.faults.stand import Stand

NEXT_SECRET = b"the next secret of the tests"


@pytest.mark.faults(18)
@pytest.mark.quick
def test_one_delivery_five_times_at_once_is_stored_once(stand: Stand) -> None:
    with ThreadPoolExecutor(5) as senders:
        for planned in stand.load("fault-18", 5):
            answers = list(senders.map(lambda _, one=planned: stand.post(one), range(5)))
            assert {answer.status_code for answer in answers} == {202}
            assert len({answer.json()["delivery"] for answer in answers}) == 1
    oracle.check(stand)


def poison() -> list[tuple[str, dict[str, Any] | list[int]]]:
    """Authentic JSON of GitHub's events that no mapping fits."""
    sound = Load("fault-22", 1, datetime(2026, 1, 1, tzinfo=UTC)).run(0).body
    repository, run = sound["repository"], sound["workflow_run"]
    return [
        ("workflow_run", [1, 2]),
        ("workflow_run", {"repository": repository}),
        ("workflow_run", sound | {"workflow_run": run | {"id": None}}),
        ("workflow_run", sound | {"workflow_run": run | {"updated_at": "yesterday"}}),
        ("workflow_run", sound | {"workflow_run": run | {"status": "dreaming"}}),
        ("workflow_run", sound | {"repository": repository | {"full_name": "faults/\x00"}}),
        ("a_novelty", sound),
    ]


@pytest.mark.faults(22, times=12)
@pytest.mark.quick
def test_poison_is_400_or_a_dead_letter_and_the_next_event_passes_within_a_second(stand: Stand) -> None:
    for event, body in poison():
        answer = stand.post_body(event, orjson.dumps(body), poison=True)
        assert (answer.status_code, answer.json()["outcome"]) == (202, "dead-letter")
    deep = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    for not_json in (b"{", b'{"a": NaN}', b'{"a": "\xff"}', deep, b'{"a": 1e999}'):
        assert stand.post_raw("workflow_run", not_json).status_code == 400
        began = time.monotonic()
        number = len(stand.obligations.offered)
        (run, check) = stand.load("fault-22", 1, first=number)
        assert stand.post(run).status_code == stand.post(check).status_code == 202
        assert time.monotonic() - began < 1
    oracle.check(stand)


@pytest.mark.faults(24, times=4)
@pytest.mark.timeout(120)
def test_bodies_that_are_too_much_cost_neither_memory_nor_other_senders_time(stand: Stand) -> None:
    stand.send(stand.load("fault-24", 20))
    memory = stand.gateway.resident_kib()
    stop = threading.Event()
    drop = Load("fault-24", 1, datetime.now(UTC), first=10_000)
    with ThreadPoolExecutor(4) as senders:
        statuses = [
            senders.submit(again, attack, stop)
            for attack in (
                lambda: stand.post_raw("workflow_run", bytes(BODY_CAP + 1)).status_code,
                lambda: stand.post_raw("workflow_run", bytes(1_000), content_encoding="gzip").status_code,
                lambda: begun(stand, b"content-length: 100\r\n\r\n{"),
                lambda: begun(stand, b"transfer-encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 5_000 + b"0\r\n\r\n"),
            )
        ]
        seconds = []
        planned = stand.obligations.expect(Load("fault-24", 150, datetime.now(UTC), first=20))
        for one in planned:
            began = time.monotonic()
            assert stand.post(one).status_code == 202
            seconds.append(time.monotonic() - began)
        stop.set()
        found = [status.result() for status in statuses]
    assert found[:3] == [{413}, {415}, {408}]
    assert found[3] <= {401, 408}, "a body in drops is read whole where it comes in time, and is not signed"
    print(f"slowest answers to others: {sorted(seconds)[-3:]}")
    assert sorted(seconds)[len(seconds) * 99 // 100] < 1
    assert stand.gateway.resident_kib() < memory + (64 << 10)
    stand.send(stand.obligations.expect(drop))
    oracle.check(stand)


def again(attack: Callable[[], int], stop: threading.Event) -> set[int]:
    """The status codes of one attack after the other, one at least."""
    found = {attack()}
    while not stop.is_set():
        found.add(attack())
    return found


def begun(stand: Stand, rest: bytes) -> int:
    """The status code for a request whose head ends, and whose body begins, with `rest`."""
    url = httpx.URL(stand.hook)
    with socket.create_connection((url.host, url.port or 0), timeout=20) as sender:
        sender.sendall(b"POST /hooks/github HTTP/1.1\r\nhost: x\r\nx-github-event: push\r\n" + rest)
        return int(sender.recv(4_096).split(b" ")[1])


@pytest.mark.faults(25, times=2)
@pytest.mark.timeout(120)
def test_a_body_at_the_cap_is_stored_whole_and_one_byte_more_is_413(stand: Stand) -> None:
    load = Load("fault-25", 1, datetime.now(UTC))
    run = load.run(0)
    empty = len(orjson.dumps(run.body | {"pad": ""}))
    for more, status in ((0, 202), (1, 413)):
        body = orjson.dumps(run.body | {"pad": "x" * (BODY_CAP - empty + more)})
        assert len(body) == BODY_CAP + more
        answer = stand.post_body(run.event, body) if more == 0 else stand.post_raw(run.event, body)
        assert answer.status_code == status
    stand.obligations.facts |= load.durations(0)
    oracle.check(stand)


@pytest.mark.faults(32)
@pytest.mark.timeout(120)
def test_while_a_secret_is_changed_under_load_both_are_accepted_and_later_the_old_one_is_refused(stand: Stand) -> None:
    statuses: dict[bytes, list[int]] = {SECRET: [], NEXT_SECRET: []}
    numbers = iter(range(1_000_000))

    def post(secret: bytes) -> int:
        """Post until the gateway answers; a status other than 202 is of an own delivery that nobody owes."""
        load = Load("fault-32", 1, datetime.now(UTC), first=next(numbers))
        while True:
            try:
                answer = stand.post(load.run(load.first), secret)
            except httpx.TransportError:  # the gateway is starting anew
                time.sleep(0.1)
                continue
            if answer.status_code == 202:
                stand.obligations.facts |= load.durations(load.first)
            return answer.status_code

    def accepted(secrets: list[bytes]) -> dict[bytes, set[int]]:
        stand.gateway.end()
        stand.add("gateway", sources={"github": {"secrets": [secret.decode() for secret in secrets]}})
        stand.start_part("gateway")
        for _ in range(20):
            for secret in statuses:
                statuses[secret].append(post(secret))
        return {secret: set(found[-20:]) for secret, found in statuses.items()}

    stop = threading.Event()
    with ThreadPoolExecutor(1) as senders:
        load = senders.submit(again, lambda: post(SECRET if not stop.is_set() else NEXT_SECRET), stop)
        assert accepted([SECRET, NEXT_SECRET]) == {SECRET: {202}, NEXT_SECRET: {202}}
        stop.set()
        assert load.result() == {202}, "nothing was refused while the secret was being changed"
    assert accepted([NEXT_SECRET]) == {SECRET: {401}, NEXT_SECRET: {202}}
    stand.gateway.end()
    stand.add("gateway")
    stand.start_part("gateway")
    oracle.check(stand)


@pytest.mark.faults(35, times=2)
@pytest.mark.quick
@pytest.mark.parametrize(
    "unsound", ["sources: [", "services:\n  - {name: fault-35, team: payments, repositories: 7}\n"]
)
def test_an_invalid_configuration_read_anew_leaves_the_old_rules_and_says_what_is_wrong(
    stand: Stand, unsound: str
) -> None:
    file = stand.folder / "gateway.yaml"
    sound = file.read_text()
    already = sum(subject.service == "fault-35" for subject in stand.obligations.facts)
    try:
        file.write_text(unsound)
        os.kill(stand.gateway.pid, signal.SIGHUP)
        until(lambda: bool(stand.status("gateway")["config"]["fault"]), 5, "a fault of the configuration")
        assert "gateway.yaml" in stand.status("gateway")["config"]["fault"]
        stand.send(stand.load("fault-35", 5, first=already))
    finally:
        file.write_text(sound)
    os.kill(stand.gateway.pid, signal.SIGHUP)
    until(lambda: stand.status("gateway")["config"]["fault"] is None, 5, "a sound configuration")
    oracle.check(stand)


@pytest.mark.faults(34)
@pytest.mark.timeout(150)
@pytest.mark.parametrize("process", ["gateway", "worker", "store", "clickhouse"])
def test_sigterm_under_load_ends_a_process_with_0_and_loses_nothing(stand: Stand, process: str) -> None:
    already = sum(subject.service == "fault-34" for subject in stand.obligations.facts)
    with stand.sending(stand.load("fault-34", 150, first=already), 50):
        time.sleep(2)
        assert stand.parts[process].end(30) == 0
        stand.start_part(process)
    until(lambda: stand.parts[process].alive, 1, "its new start")
    oracle.check(stand)
