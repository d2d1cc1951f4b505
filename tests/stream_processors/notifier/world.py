"""A broker with the topics of pipegauge, alerts on it, and notifiers that are started by their tests."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition

from deploy.make_topics import make_topics
from schemas.alert_rules import Notify
from schemas.alerts import Alert, alert_key
from schemas.codec import encode
from schemas.config import Config, Connections, KafkaConnection, Listen
from schemas.notifications import Notification
from schemas.topics import ALERTS, NOTIFICATIONS
from stream_processors.failpoints import VARIABLE
from stream_processors.notifier.member import MOST_WAITING
from tests.engines import eventually, free_port, itself
from tests.stream_processors.notifier.changes import FIRING, change

REPOSITORY = Path(__file__).parents[3]
PARTITIONS = 2


class World:
    """One test's notifiers. The topics are shared with other tests: group and services are this one's alone."""

    def __init__(self, kafka: str, folder: Path, notify: Notify) -> None:
        connections = Connections(kafka=KafkaConnection(brokers=(kafka,), partitions=PARTITIONS))
        self.config = Config(connections=connections, notify=notify, listen=Listen(notifier=_address()))
        self.folder = folder
        self._published: set[str] = set()
        self.processes: list[subprocess.Popen[bytes]] = []
        self._kafka = kafka
        self._name = uuid4().hex[:12]
        make_topics(self.config, itself)
        self._begin_at_the_end()
        self._producer: Any = KafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=5)

    def change(self, number: int = FIRING, service: str = "checkout", **fields: Any) -> Alert:
        """A change as `changes.change`, of a service that no other test has."""
        return change(number, f"{service}-{self._name}", **fields)

    def beside(self) -> Self:
        """The same world, seen from a second notifier."""
        other = copy(self)
        other.config = self.config.model_copy(update={"listen": Listen(notifier=_address())})
        return other

    def start(
        self, fail_at: str = "", retries: Sequence[float] = (0.2, 0.2, 0.2, 0.2), most_waiting: int = MOST_WAITING
    ) -> "subprocess.Popen[bytes]":
        module = "tests.stream_processors.notifier.notifier_process"
        config = self.config.model_dump_json(by_alias=True)
        argv = (sys.executable, "-m", module, config, self._name, json.dumps(list(retries)), str(most_waiting))
        with (self.folder / "notifier.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    ("timeout", "-k", "5", "120", *argv),
                    cwd=REPOSITORY,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, VARIABLE: fail_at},
                )
            )
        return self.processes[-1]

    def publish(self, *alerts: Alert) -> None:
        keys = [alert_key(alert.rule, alert.scope, alert.part).encode() for alert in alerts]
        sent = [self._producer.send(ALERTS, encode(one), key) for one, key in zip(alerts, keys, strict=True)]
        for future in sent:
            future.get(timeout=20)
        self._published.update(alert.id for alert in alerts)

    def publish_bytes(self, value: bytes) -> None:
        """A record that is no alert."""
        self._producer.send(ALERTS, value, b"nobody").get(timeout=20)

    def status(self, path: str = "/status") -> Any:
        try:
            with urllib.request.urlopen(f"http://{self.config.listen.notifier}{path}", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:  # 503 is an answer too
            return json.load(error)
        except OSError:  # not listening (yet)
            return {}

    def until_idle(self, seconds: float = 40) -> None:
        """Everything that was published is settled and committed."""
        eventually(self._is_idle, seconds)

    def _is_idle(self) -> bool:
        status = self.status()
        return bool(status.get("lag") == {ALERTS: 0} and status.get("dirty") == 0)

    def marks(self) -> list[Notification]:
        """All outcomes of this test's changes."""
        consumer: Any = KafkaConsumer(bootstrap_servers=self._kafka, auto_offset_reset="earliest")
        try:
            partitions = [TopicPartition(NOTIFICATIONS, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            ends = consumer.end_offsets(partitions)
            found: list[Any] = []
            while any(consumer.position(one) < end for one, end in ends.items()):
                for records in consumer.poll(timeout_ms=200).values():
                    found += [Notification.model_validate_json(record.value) for record in records]
            return [one for one in found if one.alert in self._published]
        finally:
            consumer.close()

    def log(self) -> str:
        return (self.folder / "notifier.log").read_text()

    def close(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)
        self._producer.close()

    def _begin_at_the_end(self) -> None:
        consumer: Any = KafkaConsumer(bootstrap_servers=self._kafka, group_id=self._name, enable_auto_commit=False)
        ends = consumer.end_offsets([TopicPartition(ALERTS, number) for number in range(PARTITIONS)])
        consumer.commit({one: OffsetAndMetadata(end, "", -1) for one, end in ends.items()})
        consumer.close()


def _address() -> str:
    return f"127.0.0.1:{free_port()}"
