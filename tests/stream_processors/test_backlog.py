"""After a time without a worker much waits: all that an event leads to follows it soon, not after the last of them."""

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from kafka import KafkaProducer

from deploy.make_topics import make_topics
from schemas import topics
from schemas.config import Config
from stream_processors.lag import Lag
from tests.engines import free_port, itself, running_kafka
from tests.stream_processors.records import NOON, event_record, run

EVENTS = 5_000
LONG_NAME = "a pipeline " * 80
TOO_LARGE_FOR_ONE_FETCH = b"x" * (3 << 20)


def test_observations_are_read_while_events_wait_and_a_record_of_any_size_is_passed(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    with running_kafka(tmp_path / "kafka") as kafka:
        config = Config.model_validate(
            {
                "connections": {"kafka": {"brokers": [kafka], "partitions": 2}},
                "listen": {"worker": f"127.0.0.1:{free_port()}"},
                "data": str(tmp_path),
            }
        )
        make_topics(config, itself)
        producer = KafkaProducer(bootstrap_servers=kafka, acks="all", max_request_size=8 << 20)
        producer.send(topics.EVENTS, TOO_LARGE_FOR_ONE_FETCH, b"shop")
        for number in range(EVENTS):
            began = {"started_at": NOON, "finished_at": NOON + timedelta(minutes=7)}
            key, value, headers = event_record(run(number, run=str(number), pipeline=LONG_NAME, **began))
            producer.send(topics.EVENTS, value, key, headers)
        producer.close()
        argv = [sys.executable, "-m", "tests.stream_processors.alerting.worker_process", config.model_dump_json()]
        with (tmp_path / "log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log) as worker:
            try:
                waiting = _events_that_wait_when_observations_are_read(config, time.monotonic() + 60)
            finally:
                worker.kill()
        assert 0 < waiting < EVENTS, (tmp_path / "log").read_text()


def _events_that_wait_when_observations_are_read(config: Config, until: float) -> int:
    """How many events are left when the first observations have been read."""
    connection = config.connections.kafka
    lag = Lag(
        topics.APP_ID, (topics.EVENTS, topics.OBSERVATIONS), connection.partitions, bootstrap_servers=connection.brokers
    )
    while time.monotonic() < until:
        positions = lag.positions()
        if any(at.done for (topic, _), at in positions.items() if topic == topics.OBSERVATIONS):
            return sum(at.end - at.done for (topic, _), at in positions.items() if topic == topics.EVENTS)
        time.sleep(0.2)
    return 0
