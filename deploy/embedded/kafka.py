"""The embedded Kafka broker: its settings, its storage, its command line, and whether it answers."""

import base64
import os
import shutil
import socket
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from string import Template

from deploy.embedded.kafka_jars import KafkaUnavailable
from schemas.topics import MAX_RECORD_BYTES

_HERE = Path(__file__).parent
_BATCH_OVERHEAD_BYTES = 1024 * 1024
_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)
_METADATA_REQUEST = struct.pack(">ihhihi", 14, 3, 1, 0, -1, 0)
"""Length, API key 3 (Metadata), version 1, correlation id, no client id, no topics; the answer begins with brokers."""


@dataclass(frozen=True)
class Broker:
    """One broker on loopback. Everything it writes is in `folder`; the ports may differ from one start to the next."""

    folder: Path
    jars: Path
    port: int
    controller_port: int

    @property
    def address(self) -> str:
        """What clients call bootstrap servers."""
        return f"127.0.0.1:{self.port}"

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def log_folder(self) -> Path:
        """Where the topics are, not the broker's messages."""
        return self.folder / "log"


def prepare(broker: Broker) -> None:
    """Writes the broker's settings, and formats its storage if it has none. Raises KafkaUnavailable."""
    broker.folder.mkdir(parents=True, exist_ok=True)
    broker.properties.write_text(server_properties(broker), encoding="ascii")
    # The last file that formatting writes: without it a format was cut short, and is repeated.
    if not (broker.log_folder / "meta.properties").exists():
        _format(broker)


def server_properties(broker: Broker) -> str:
    """The text of server.properties. Raises KafkaUnavailable if the folder's name cannot be written there."""
    log_folder = str(broker.log_folder.resolve())
    if "," in log_folder:
        raise KafkaUnavailable(
            f"Kafka cannot keep its data under a name with a comma: {log_folder}; choose another --data"
        )
    template = Template((_HERE / "kafka-server.properties").read_text(encoding="utf-8"))
    return template.substitute(
        port=broker.port,
        controller_port=broker.controller_port,
        log_folder=_property_value(log_folder),
        max_record_bytes=MAX_RECORD_BYTES,
        max_batch_bytes=MAX_RECORD_BYTES + _BATCH_OVERHEAD_BYTES,
    )


def _property_value(text: str) -> str:
    """Java reads property files as Latin-1 with backslash escapes."""
    units = text.replace("\\", "\\\\").encode("utf-16-be")
    codes = struct.unpack(f">{len(units) // 2}H", units)
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)


def command(broker: Broker) -> tuple[str, ...]:
    """The argv that runs the broker in the foreground. Raises KafkaUnavailable without Java."""
    return (*_java(broker), "kafka.Kafka", str(broker.properties))


def _java(broker: Broker) -> tuple[str, ...]:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        raise KafkaUnavailable(
            "Java is not installed; install a Java runtime, version 17 or later, for the embedded Kafka"
        )
    log4j = f"-Dlog4j2.configurationFile={_HERE / 'kafka-log4j2.properties'}"
    # Java 17 cannot open files with names beyond ASCII under the C locale.
    utf8 = ("env", "LC_ALL=C.UTF-8")
    return (*utf8, java, *_JVM, f"-XX:ErrorFile={broker.folder}/java-crash-%p.log", log4j, "-cp", f"{broker.jars}/*")


def _format(broker: Broker) -> None:
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    argv = (*_java(broker), "kafka.tools.StorageTool", "format", "--ignore-formatted")
    # One word, since a random id may begin with a dash.
    argv += (f"--cluster-id={cluster_id}", "--config", str(broker.properties))
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except OSError as missing:
        raise KafkaUnavailable(f"Java does not start ({missing}); check JAVA_HOME") from missing
    except subprocess.TimeoutExpired as late:
        raise KafkaUnavailable("Kafka did not format its storage within 60 s; is the machine overloaded?") from late
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise KafkaUnavailable(f"Kafka could not format {broker.log_folder}; it said:\n{said}")


def is_ready(broker: Broker) -> bool:
    """Whether the broker answers clients and counts itself as alive. Takes a second at most."""
    try:
        with socket.create_connection(("127.0.0.1", broker.port), timeout=0.5) as connection:
            connection.settimeout(0.5)
            connection.sendall(_METADATA_REQUEST)
            answer = connection.recv(12, socket.MSG_WAITALL)
    except OSError:
        # Not listening yet, or too busy to answer: not ready.
        return False
    # Length, correlation id, and the number of brokers that are not fenced off.
    return len(answer) == 12 and int(struct.unpack(">iii", answer)[2]) > 0
