import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaTimeoutError

from deploy.embedded import ports
from deploy.embedded.kafka import Broker, command, is_ready, prepare, server_properties
from deploy.embedded.kafka_jars import KafkaUnavailable, fetch_jars
from schemas.topics import DELIVERIES, TOPICS

LARGEST_BODY_BYTES = 26_214_400


class Started:
    """A running broker, for a test to use and to kill."""

    def __init__(self, broker: Broker) -> None:
        prepare(broker)
        began = time.monotonic()
        self.broker = broker
        self.process = subprocess.Popen(("timeout", "-k", "5", "200", *command(broker)), process_group=0)
        while not is_ready(broker):
            assert self.process.poll() is None, "the broker ended"
            assert time.monotonic() - began < 60, "the broker did not answer within 60 s"
            time.sleep(0.02)
        print(f"ready in {time.monotonic() - began:.1f} s")

    def kill(self) -> None:
        os.killpg(self.process.pid, 9)
        self.process.wait()


def fresh(folder: Path) -> Broker:
    return Broker(folder, fetch_jars(), ports.pick(19_092), ports.pick(19_093))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Started]]:
    """Starts brokers over one data folder, one at a time, each at ports of its own."""
    started: list[Started] = []

    def begin() -> Started:
        started.append(Started(fresh(tmp_path / "dätä folder")))
        return started[-1]

    yield begin
    for broker in started:
        if broker.process.poll() is None:
            broker.kill()


def make_topics(address: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=address)
    admin.create_topics({topic.name: {"num_partitions": 2, "configs": topic.settings()} for topic in TOPICS})
    admin.close()


def produce(address: str, *values: bytes) -> None:
    """Sends to partition 0 of deliveries and waits for each acknowledgement."""
    producer = KafkaProducer(bootstrap_servers=address, acks="all", max_request_size=30_000_000)
    for value in values:
        producer.send(DELIVERIES, value, partition=0).get(timeout=30)
    producer.close()


def read(address: str, count: int) -> list[bytes]:
    """The first records of partition 0 of deliveries."""
    partition = TopicPartition(DELIVERIES, 0)
    consumer = KafkaConsumer(bootstrap_servers=address, max_partition_fetch_bytes=30_000_000)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    values = [record.value for record in islice(consumer, count)]
    consumer.close()
    return values


def test_acknowledged_records_outlive_a_kill_and_a_change_of_ports(start: Callable[[], Started]) -> None:
    first = start()
    make_topics(first.broker.address)
    largest = os.urandom(LARGEST_BODY_BYTES)
    produce(first.broker.address, b"small", largest)
    first.kill()

    second = Started(replace(first.broker, port=ports.pick(0), controller_port=ports.pick(0)))
    try:
        assert second.broker.address != first.broker.address
        assert read(second.broker.address, 2) == [b"small", largest]
        produce(second.broker.address, b"more")
        assert read(second.broker.address, 3)[2] == b"more"
    finally:
        second.kill()


def test_a_misspelt_topic_is_not_made(start: Callable[[], Started]) -> None:
    address = start().broker.address
    producer = KafkaProducer(bootstrap_servers=address, max_block_ms=1500)
    with pytest.raises(KafkaTimeoutError):
        producer.send("delivreies", b"").get(timeout=5)
    producer.close()
    admin = KafkaAdminClient(bootstrap_servers=address)
    assert admin.list_topics() == []
    admin.close()


def test_storage_is_formatted_once(tmp_path: Path) -> None:
    broker = fresh(tmp_path / "kafka")
    prepare(broker)
    meta = (broker.log_folder / "meta.properties").read_text()
    prepare(broker)
    assert (broker.log_folder / "meta.properties").read_text() == meta
    assert broker.address in broker.properties.read_text()


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    text = server_properties(Broker(tmp_path, tmp_path, 1, 2))
    assert "\nlisteners=BROKER://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n" in text
    assert "0.0.0.0" not in text


def test_a_folder_that_kafka_would_take_for_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KafkaUnavailable, match="comma"):
        server_properties(Broker(tmp_path / "a,b", tmp_path, 1, 2))


def test_nobody_listening_is_not_ready(tmp_path: Path) -> None:
    assert not is_ready(Broker(tmp_path, tmp_path, ports.pick(0), 2))


def test_a_port_of_another_program_is_not_ready(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_ready(Broker(tmp_path, tmp_path, silent.getsockname()[1], 2))


def test_without_java_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(KafkaUnavailable, match="install a Java runtime"):
        command(Broker(tmp_path, tmp_path, 1, 2))
