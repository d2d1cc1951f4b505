"""Kafka dies, stands still or comes back, the spool fills, the gateway is killed: what was answered 2xx is kept."""

import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.engines import free_port
from tests.producers.gateway.acme import run
from tests.producers.gateway.broker import FragileBroker
from tests.producers.gateway.process import GatewayProcess, Topics, start_gateway, until


@contextmanager
def running(folder: Path, kafka: str, **gateway: object) -> Iterator[GatewayProcess]:
    """A gateway that ends with the test, and that ends well."""
    started = start_gateway(folder, kafka, **gateway)
    try:
        yield started
        assert started.end() == 0, started.log.read_text()
    finally:
        started.process.kill()
        started.process.wait()


def ids(answers: list[httpx.Response]) -> set[str]:
    """The deliveries that were answered 202."""
    return {answer.json()["delivery"] for answer in answers if answer.status_code == 202}


def delivered(topics: Topics) -> set[str]:
    """The runs that came into Kafka; the event of each has come with its delivery."""
    found = topics.new()
    runs = {record.key.decode() for record in found["deliveries"] if dict(record.headers)["pipegauge-event"] == b"run"}
    assert {dict(record.headers)["pipegauge-delivery"].decode() for record in found["events"]} == runs
    return runs


def drained(gateway: GatewayProcess) -> None:
    """Waits until nothing is in the spool."""
    until(lambda: gateway.status()["spool_depth"] == 0, 30, "an empty spool")


@pytest.mark.faults(7)
def test_while_kafka_is_dead_deliveries_go_to_the_spool_and_into_kafka_when_it_is_back(
    broker: FragileBroker, topics: Topics, tmp_path: Path
) -> None:
    with running(tmp_path, broker.address) as gateway:
        until(gateway.kafka_answers, 10, "Kafka's acknowledgement")
        answers = [gateway.post(run(number)) for number in range(5)]
        assert {answer.json()["stored"] for answer in answers} == {"kafka"}
        broker.kill()
        begun = time.monotonic()
        spooled = [gateway.post(run(number)) for number in range(5, 30)]
        assert time.monotonic() - begun < 8
        assert {answer.json()["stored"] for answer in spooled} == {"spool"}
        assert gateway.status()["spool_depth"] == 25
        assert gateway.ready() == 200
        broker.start()
        drained(gateway)
        until(gateway.kafka_answers, 10, "Kafka's acknowledgement")
    assert delivered(topics) >= ids(answers + spooled)


@pytest.mark.faults(8)
def test_while_kafka_stands_still_every_sender_has_its_answer_within_8_seconds_and_nothing_piles_up(
    broker: FragileBroker, topics: Topics, tmp_path: Path
) -> None:
    with running(tmp_path, broker.address) as gateway, ThreadPoolExecutor(16) as senders:
        until(gateway.kafka_answers, 10, "Kafka's acknowledgement")
        threads, memory = threads_and_memory(gateway)
        broker.halt()
        try:
            begun = time.monotonic()
            answers: list[httpx.Response] = []
            while time.monotonic() - begun < 6:
                numbers = range(len(answers), len(answers) + 16)
                answers += senders.map(lambda number: gateway.post(run(number)), numbers)
            assert {answer.status_code for answer in answers} == {202}
            assert max(answer.elapsed.total_seconds() for answer in answers) < 8
            now = threads_and_memory(gateway)
            assert now[0] <= threads + 8
            assert now[1] <= memory + (64 << 10)
        finally:
            broker.go_on()
        drained(gateway)
        until(gateway.kafka_answers, 10, "Kafka's acknowledgement")
    assert len(ids(answers)) == len(answers)
    assert ids(answers) <= delivered(topics)


def threads_and_memory(gateway: GatewayProcess) -> tuple[int, int]:
    """Threads of the process, and its resident memory in KiB."""
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    threads, memory = (re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE) for name in ("Threads", "VmRSS"))
    assert threads
    assert memory
    return int(threads[1]), int(memory[1])


@pytest.mark.faults(9)
def test_a_full_spool_is_503_with_retry_after_and_not_ready(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with running(tmp_path, nobody, spool_max_bytes=20_000) as gateway:
        begun = time.monotonic()
        answers = [gateway.post(run(number)) for number in range(30)]
        assert time.monotonic() - begun < 8
        refused = [answer for answer in answers if answer.status_code != 202]
        assert {answer.status_code for answer in refused} == {503}
        assert {answer.headers["content-type"] for answer in refused} == {"application/problem+json"}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
        assert 0 < gateway.status()["spool_depth"] == len(answers) - len(refused)
        assert gateway.ready() == 503


@pytest.mark.faults(9)
def test_a_gateway_killed_with_deliveries_in_its_spool_publishes_them_after_its_next_start(
    kafka: str, topics: Topics, tmp_path: Path
) -> None:
    killed = start_gateway(tmp_path, f"127.0.0.1:{free_port()}")
    answers = [killed.post(run(number)) for number in range(10)]
    killed.process.send_signal(signal.SIGKILL)
    killed.process.wait()
    assert {answer.json()["stored"] for answer in answers} == {"spool"}
    with running(tmp_path, kafka) as gateway:
        drained(gateway)
    assert delivered(topics) == ids(answers)


def test_a_second_gateway_on_the_same_folder_says_so_and_ends(kafka: str, tmp_path: Path) -> None:
    with running(tmp_path, kafka) as gateway:
        with pytest.raises(AssertionError, match="belongs to another gateway"):
            start_gateway(tmp_path, kafka)
        assert gateway.status()["spool_depth"] == 0


@pytest.mark.faults(34)
def test_sigterm_under_load_answers_what_was_begun_and_exits_with_0(kafka: str, topics: Topics, tmp_path: Path) -> None:
    with running(tmp_path, kafka) as gateway, ThreadPoolExecutor(8) as senders:
        until(gateway.kafka_answers, 10, "Kafka's acknowledgement")
        answers: list[httpx.Response] = []

        def post_until_refused(sender: int) -> None:
            for number in range(1_000):
                try:
                    answers.append(gateway.post(run(sender * 1_000 + number)))
                except httpx.TransportError:  # it has ended: what was not answered is the sender's to keep
                    return

        posting = [senders.submit(post_until_refused, sender) for sender in range(8)]
        until(lambda: len(answers) > 50, 10, "load")
        begun = time.monotonic()
        assert gateway.end() == 0, gateway.log.read_text()
        assert time.monotonic() - begun < 10
        for one in posting:
            one.result()
    assert {answer.status_code for answer in answers} == {202}
    assert ids(answers) <= delivered(topics)
