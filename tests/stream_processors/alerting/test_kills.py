"""The worker is killed again and again around state, message and mark.

No change goes unsent, and only what the kill left between the send and its mark is sent again, with the same id.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy.make_topics import make_topics
from schemas import topics
from schemas.alerts import Alert
from schemas.codec import encode_points
from schemas.config import Config
from schemas.metrics import SLOT_MS, MetricPoint
from stream_processors.failpoints import EXIT_KILLED, VARIABLE
from stream_processors.stall import EXIT_STALLED
from tests.engines import free_port, itself

KILLS = 20
POINTS = ("after_alert_state", "after_alert_sent", "after_alert_mark")
UNSENT = ("after_alert_state", "after_alert_sent")
"""After a kill here the next process has the change to publish, before any other."""
GOOD, BAD = 480_000, 720_000
START_S = 60
PARTITIONS = 2
_ALERTS = [TopicPartition(topics.ALERTS, number) for number in range(PARTITIONS)]


@pytest.fixture
def config(kafka: str, tmp_path: Path) -> Config:
    return Config.model_validate(
        {
            "services": [{"name": "checkout", "team": "payments"}],
            "connections": {"kafka": {"brokers": [kafka], "partitions": PARTITIONS}},
            "listen": {"worker": f"127.0.0.1:{free_port()}"},
            "data": str(tmp_path),
            "alerts": [{"name": "slow", "metric": "pipeline_duration", "value": "p95", "threshold": "10m"}],
        }
    )


class Worker:
    """Workers over one configuration, one after the other."""

    def __init__(self, config: Config, log: Path) -> None:
        self._config = config
        self._log = log
        self._producer = KafkaProducer(bootstrap_servers=config.connections.kafka.brokers[0], acks="all")

    def start(self, fail_at: str = "") -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-m", "tests.stream_processors.alerting.worker_process"]
        argv.append(self._config.model_dump_json(by_alias=True))
        with self._log.open("ab") as log:
            return subprocess.Popen(argv, env={**os.environ, VARIABLE: fail_at}, stdout=log, stderr=log)

    def run_until_killed(self, point: str, has_left: bool) -> int:
        """The code of the end, at the first change that is new.

        `has_left`: the worker before has left a change, which is published first and passes every point once. A worker
        that ends itself since Faust stood still is started anew, as `pipegauge up` does; it may have published that.
        """
        before = self.published()
        while True:
            has_left = has_left and self.published() == before
            process = self.start(f"{point}:2" if has_left else point)
            try:
                code = process.wait(START_S)
            finally:
                process.kill()
            if code != EXIT_STALLED:
                return code

    def published(self) -> int:
        """How many records the topic `alerts` has."""
        consumer = KafkaConsumer(bootstrap_servers=self._config.connections.kafka.brokers[0])
        ends: dict[TopicPartition, int] = consumer.end_offsets(_ALERTS)
        consumer.close()
        return sum(ends.values())

    def measure(self, p95: int) -> None:
        """Publish a point as roll does."""
        now = datetime.now(UTC)
        slot = timedelta(milliseconds=SLOT_MS)
        end = datetime.fromtimestamp(0, UTC) + (now.timestamp() * 1000 // SLOT_MS + 1) * slot
        point = MetricPoint.model_validate(
            {
                **{"scope": {"kind": "service", "name": "checkout"}, "metric": "pipeline_duration", "part": ""},
                **{"window": "24h", "window_end": end, "value": p95, "p95": p95, "sample_size": 20},
                **{"linked_share": 1.0, "definition_version": 1},
            }
        )
        self._producer.send(topics.METRICS, encode_points([point]), b"service:checkout").get(timeout=10)

    def status(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://{self._config.listen.worker}/status", timeout=5) as answer:
                status: dict[str, Any] = json.load(answer)
                return status
        except OSError:  # not listening yet
            return {}

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3_000:]


def _published(config: Config) -> Iterator[Alert]:
    consumer = KafkaConsumer(
        bootstrap_servers=config.connections.kafka.brokers[0], consumer_timeout_ms=3_000, enable_auto_commit=False
    )
    consumer.assign(_ALERTS)
    consumer.seek_to_beginning()
    for record in consumer:
        yield Alert.model_validate_json(record.value)
    consumer.close()


@pytest.mark.timeout(580)
@pytest.mark.parametrize("kills", [4, pytest.param(KILLS, marks=pytest.mark.thorough)])
def test_kills_around_state_message_and_mark_leave_no_change_unsent(config: Config, tmp_path: Path, kills: int) -> None:
    make_topics(config, itself)
    worker = Worker(config, tmp_path / "worker.log")
    killed_at: list[str] = []
    for number in range(kills):
        point = POINTS[number % len(POINTS)]
        worker.measure(GOOD if number % 2 else BAD)
        has_left = bool(killed_at) and killed_at[-1] in UNSENT
        assert worker.run_until_killed(point, has_left) == EXIT_KILLED, worker.said()
        killed_at.append(point)
    process = worker.start()
    try:
        _wait_until_settled(worker)
    finally:
        process.kill()
        process.wait()
    assert len(killed_at) == kills
    _check(list(_published(config)), killed_at)


def _wait_until_settled(worker: Worker) -> None:
    deadline = time.monotonic() + START_S
    while True:
        status = worker.status()
        if status.get("lag") and not any(status["lag"].values()) and status["dirty"] == 0:
            return
        assert time.monotonic() < deadline, f"{status}\n{worker.said()}"
        time.sleep(0.5)


def _check(published: list[Alert], killed_at: list[str]) -> None:
    changes = {alert.number: alert for alert in published}
    numbers = sorted(changes)
    kills = len(killed_at)
    assert len(numbers) == kills, "each kill was at a change of its own"
    assert numbers == list(range(numbers[0], numbers[0] + kills)), "a change went unsent"
    assert [changes[number].state for number in numbers] == ["firing", "resolved"] * (kills // 2)
    assert len({alert.id for alert in published}) == kills
    times_sent = Counter(alert.number for alert in published)
    repeated = [times_sent[number] > 1 for number in numbers]
    assert repeated == [point == "after_alert_sent" for point in killed_at]
    for alert in published:
        assert alert == changes[alert.number], "a change that was sent twice says two things"
