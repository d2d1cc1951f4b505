"""A Kafka broker that a test may kill, halt and start again."""

import signal
import subprocess
from pathlib import Path

from kafka.admin import KafkaAdminClient, NewTopic

from deploy.embedded import kafka
from deploy.embedded.kafka_jars import fetch_jars
from schemas.topics import TOPICS
from tests.engines import free_port
from tests.producers.gateway.process import until


class FragileBroker:
    """The embedded broker as a process of its own, with the project's topics in 4 partitions each."""

    def __init__(self, folder: Path) -> None:
        self._broker = kafka.Broker(folder, fetch_jars(), free_port(), free_port())
        self.address = self._broker.address
        kafka.prepare(self._broker)
        self.start()
        admin = KafkaAdminClient(bootstrap_servers=self.address)
        admin.create_topics([NewTopic(topic.name, 4, 1, topic_configs=topic.settings()) for topic in TOPICS])
        admin.close()

    def start(self) -> None:
        """Starts it with the data that it has, and waits until it answers."""
        with (self._broker.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(kafka.command(self._broker), stdout=output, stderr=subprocess.STDOUT)
        until(lambda: kafka.is_ready(self._broker), 60, "the broker's first answer")

    def kill(self) -> None:
        """Ends it with no chance to say so."""
        self._process.kill()
        self._process.wait()

    def halt(self) -> None:
        """It keeps its connections and does nothing, until `go_on`."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The end of `halt`."""
        self._process.send_signal(signal.SIGCONT)
