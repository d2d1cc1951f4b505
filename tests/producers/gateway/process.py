"""A gateway process under test, and what the topics hold."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from kafka import KafkaConsumer, TopicPartition

from tests.engines import free_port
from tests.producers.gateway.acme import NEXT_SECRET, SECRET, signed

TOPICS = ("deliveries", "events", "dead-letters")
CHECKOUT = Path(__file__).resolve().parents[3]


def until(true: Callable[[], bool], seconds: float = 20, what: str = "the condition") -> None:
    """Waits until `true()`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s"
        time.sleep(0.05)


@dataclass
class GatewayProcess:
    """A gateway that runs."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def post(self, payload: object, secret: bytes = SECRET, event: str = "run", **headers: str) -> httpx.Response:
        """Posts a signed delivery to acme's hook."""
        signed_headers, body = signed(payload, secret, event)
        return self.post_raw(body, signed_headers | {name.replace("_", "-"): text for name, text in headers.items()})

    def post_raw(self, body: bytes, headers: dict[str, str], path: str = "/hooks/acme") -> httpx.Response:
        """Posts a body with its headers."""
        return httpx.post(self.url + path, content=body, headers=headers, timeout=30)

    def status(self) -> dict[str, Any]:
        """What /status says."""
        answer: dict[str, Any] = httpx.get(self.url + "/status", timeout=5).json()
        return answer

    def ready(self) -> int:
        """The status code of /health/ready."""
        return httpx.get(self.url + "/health/ready", timeout=5).status_code

    def kafka_answers(self) -> bool:
        """Whether a delivery that is posted now gets into Kafka. It posts one that says nothing."""
        answer = self.post({}, event="ping")
        return answer.status_code == 202 and answer.json()["stored"] == "kafka"

    def end(self) -> int:
        """Ends the process as an operator would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(12)


def start_gateway(folder: Path, kafka: str, **gateway: Any) -> GatewayProcess:
    """Starts a gateway with its data in `folder`, and waits until it serves."""
    address = f"127.0.0.1:{free_port()}"
    config = {
        "sources": {"acme": {"secrets": [SECRET.decode(), NEXT_SECRET.decode()]}},
        "salt": "a salt",
        "connections": {"kafka": {"brokers": [kafka]}},
        "listen": {"gateway": address},
        "gateway": gateway,
        "data": str(folder),
    }
    file = folder / "config.json"
    file.write_text(json.dumps(config))
    command = [sys.executable, "-m", "tests.producers.gateway.serve", str(file)]
    log = folder / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=output, stderr=subprocess.STDOUT)
    started = GatewayProcess(process, f"http://{address}", log)
    until(lambda: _serves(started), 15, "the gateway's first answer")
    return started


def _serves(gateway: GatewayProcess) -> bool:
    assert gateway.process.poll() is None, gateway.log.read_text()
    try:
        return httpx.get(gateway.url + "/health/live", timeout=1).status_code == 200
    except httpx.TransportError:  # it is still starting
        return False


class Topics:
    """What was published since this was made or asked last."""

    def __init__(self, kafka: str) -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=kafka,
            max_partition_fetch_bytes=30 << 20,
            fetch_max_bytes=60 << 20,
            auto_offset_reset="earliest",
            reconnect_backoff_max_ms=300,
        )
        self._partitions = [
            TopicPartition(topic, number) for topic in TOPICS for number in self._consumer.partitions_for_topic(topic)
        ]
        self._consumer.assign(self._partitions)
        self.forget()

    def forget(self) -> None:
        """What is there now will not be told."""
        for partition, end in self._consumer.end_offsets(self._partitions).items():
            self._consumer.seek(partition, end)

    def new(self) -> dict[str, list[Any]]:
        """The records of each topic that nobody has been told of."""
        ends = self._consumer.end_offsets(self._partitions)
        found: dict[str, list[Any]] = {topic: [] for topic in TOPICS}
        deadline = time.monotonic() + 20
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            assert time.monotonic() < deadline, "the topics could not be read in 20 s"
            for partition, records in self._consumer.poll(500).items():
                found[partition.topic] += records
        return found

    def close(self) -> None:
        """Ends the consumer."""
        self._consumer.close()
