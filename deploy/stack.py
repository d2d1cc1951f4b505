"""The embedded stack: Kafka, ClickHouse and every process of pipegauge on this machine, in one data folder."""

import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy import endpoints
from deploy.configuration import load, resolve
from deploy.effective import READER, Ports, effective, make_secrets
from deploy.embedded import kafka, ports
from deploy.embedded.child import Child
from deploy.embedded.kafka_jars import fetch_jars
from deploy.embedded.lock import locked
from deploy.embedded.run import Running
from deploy.embedded.supervisor import Supervisor
from deploy.make_topics import make_topics
from deploy.migrate import migrate
from deploy.rebuild.marker import refuse_unfinished
from deploy.teams import write_teams
from schemas.config import Config

Say = Callable[[str], None]
_SERVICES = ("gateway", "worker", "store", "notifier", "board")
_COMMANDS = {"gateway": "receive", "worker": "work", "store": "store", "notifier": "notify", "board": "board"}
_USER = "pipegauge"
READ_BACK_S = 3_600.0
"""How long a worker may read its state back. It ends itself where it gets stuck; killed in the midst, it would begin
anew, and never get through what takes longer."""


class Stack:
    """A stack that runs. `config` is what its processes were started with."""

    def __init__(self, data: Path, config: Config, taken: Ports, supervisor: Supervisor) -> None:
        self.data = data
        self.config = config
        self.ports = taken
        self._supervisor = supervisor

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def board(self) -> str:
        return f"http://127.0.0.1:{self.ports.board}/d/delivery"

    def wait(self, seconds: float | None = None) -> None:
        """Wait. Raises ChildFailed where a process ended that a restart cannot help."""
        self._supervisor.wait(seconds)


@contextmanager
def running(
    config: Config, data: Path, say: Say, services: Sequence[str] = _SERVICES, origin: Path | None = None
) -> Iterator[Stack]:
    """Start Kafka, ClickHouse and `services`, and end everything with the block, within 20 s.

    `origin` is the file that `config` was read from: the gateway reads it again at SIGHUP. The data folder is kept for
    the next start. Raises FolderInUse, KafkaUnavailable, ChildFailed, MigrationError, and RebuildUnfinished where
    services would work on a rebuild that broke off.
    """
    if services:
        refuse_unfinished(data)
    with locked(data):
        began = time.monotonic()
        jars = fetch_jars(say=say)
        taken = _take_ports(config, say)
        files = make_secrets(data, config)
        loaded = _configure(config, data, taken, files, origin)
        broker = kafka.Broker(data.resolve() / "kafka", jars, taken.kafka, taken.kafka_controller)
        kafka.prepare(broker)

        def kafka_answers() -> bool:
            return kafka.is_ready(broker)

        prepared = _Prepared(loaded, kafka_answers, services, say)
        children = [
            Child("kafka", kafka.command(broker), kafka_answers, stop_after_s=8),
            _clickhouse(data, taken, files, prepared),
            *(_service(name, data, taken) for name in services),
        ]
        supervisor = Supervisor(
            children, data / "logs", lambda now: endpoints.write(data, _endpoints(now, services, taken, data))
        )
        say("starting Kafka and ClickHouse …")
        try:
            with supervisor:
                say(f"everything runs after {time.monotonic() - began:.1f} s; logs are in {data / 'logs'}")
                yield Stack(data, loaded, taken, supervisor)
        finally:
            endpoints.remove(data)


def _configure(config: Config, data: Path, taken: Ports, files: Mapping[str, Path], origin: Path | None) -> Config:
    endpoints.write_effective(data, effective(config, data, taken, files, origin))
    endpoints.note_origin(data, origin)
    return load(data / endpoints.EFFECTIVE)


class _Prepared:
    """Topics and tables, made once when both servers are there and before the first process that needs them starts."""

    def __init__(self, config: Config, kafka_answers: Callable[[], bool], services: Sequence[str], say: Say) -> None:
        self._config = config
        self._kafka_answers = kafka_answers
        self._services = services
        self._say = say
        self._done = False

    def ready(self, clickhouse_answers: bool) -> bool:
        """Whether both servers answer and hold what the processes need."""
        if not clickhouse_answers:
            return False
        if not self._done:
            if not self._kafka_answers():
                return False
            self._say("making topics and tables …")
            make_topics(self._config, resolve)
            migrate(self._config, resolve)
            write_teams(self._config, resolve)
            if self._services:
                self._say(f"starting {', '.join(self._services[:-1])} and {self._services[-1]} …")
            self._done = True
        return True


def _clickhouse(data: Path, taken: Ports, files: Mapping[str, Path], prepared: _Prepared) -> Child:
    status = f"http://127.0.0.1:{taken.clickhouse_status}/health/ready"
    argv = (
        sys.executable,
        *("-m", "deploy.embedded.clickhouse", "--path", str(data.resolve() / "clickhouse")),
        *("--port", str(taken.clickhouse), "--status-port", str(taken.clickhouse_status)),
        *("--user", _USER, "--password-file", str(files["clickhouse"])),
        *("--reader", READER, "--reader-password-file", str(files["clickhouse-readonly"])),
    )
    return Child("clickhouse", argv, lambda: prepared.ready(_answers(status)), stop_after_s=10)


def _service(name: str, data: Path, taken: Ports) -> Child:
    argv = (sys.executable, "-m", "deploy.cli", _COMMANDS[name], "--config", str(data / endpoints.EFFECTIVE))
    ready = f"http://127.0.0.1:{getattr(taken, name)}/health/ready"
    needs = ("clickhouse",) if name == "board" else ("kafka", "clickhouse")
    if name == "worker":
        return Child(name, argv, lambda: _answers(ready), needs, ready_within_s=READ_BACK_S, stop_after_s=10)
    return Child(name, argv, lambda: _answers(ready), needs, stop_after_s=12)


def _take_ports(config: Config, say: Say) -> Ports:
    wanted = {name: int(getattr(config.listen, name).rpartition(":")[2]) for name in _SERVICES}
    wanted |= {"kafka": 9092, "kafka_controller": 9093, "clickhouse": 9000, "clickhouse_status": 8484}
    taken: dict[str, int] = {}
    for name, port in wanted.items():
        taken[name] = ports.pick(port)
        while taken[name] in [other for key, other in taken.items() if key != name]:
            taken[name] = ports.pick(0)
        if taken[name] != port:
            say(f"port {port} is taken: {name} gets {taken[name]}")
    return Ports(**taken)


def _endpoints(now: Sequence[Running], services: Sequence[str], taken: Ports, data: Path) -> dict[str, Any]:
    pids = {running.name: running.pid for running in now}
    found: dict[str, Any] = {}
    for name in services:
        url = f"http://127.0.0.1:{getattr(taken, name)}"
        found[name] = {"url": url, "status_url": f"{url}/status", "pid": pids[name]}
    found["kafka"] = {
        "address": f"127.0.0.1:{taken.kafka}",
        "user": None,
        "password_file": None,
        "pid": pids["kafka"],
    }
    found["clickhouse"] = {
        "address": f"127.0.0.1:{taken.clickhouse}",
        "user": _USER,
        "password_file": str((data / "secrets" / "clickhouse").resolve()),
        "database": "pipegauge",
        "reader": READER,
        "reader_password_file": str((data / "secrets" / "clickhouse-readonly").resolve()),
        "url": f"http://127.0.0.1:{taken.clickhouse_status}",
        "status_url": f"http://127.0.0.1:{taken.clickhouse_status}/status",
        "pid": pids["clickhouse"],
    }
    found["supervisor"] = {"pid": os.getpid()}
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:  # not listening yet, or 503: not ready
        return False
