"""The processes of the stand: Kafka, ClickHouse, gateway, worker and store, each for a test to break."""

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from deploy import endpoints
from deploy.configuration import load, resolve
from deploy.embedded import kafka
from deploy.embedded.kafka_jars import fetch_jars
from deploy.make_topics import make_topics
from deploy.migrate import migrate
from schemas.config import Config
from tests.end_to_end.embedded_stack import CATALOG, SALT, SECRET
from tests.engines import free_port
from tests.faults.parts import Part, answers

PARTITIONS = 4
TEAMS = ("payments", "growth")
NORTHWIND = {"checkout": "payments", "ledger": "payments", "storefront": "growth"}
"""The services of the demo's company, as its catalog has them."""
ALERT = {
    "name": "slow-builds",
    "metric": "pipeline_duration",
    "scope": {"service": "fault-27"},
    "window": "7d",
    "threshold": "1s",
}
"""Fires as soon as a run of that service is counted."""
ORDER = ("kafka", "clickhouse", "gateway", "worker", "store")


class Processes:
    """All parts by their names, and how each is configured."""

    def __init__(
        self, folder: Path, kafka_folder: Path | None = None, clickhouse_folder: Path | None = None, **gateway: Any
    ) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self._numbers: dict[str, int] = {}
        self._settings = gateway
        self._keeping = threading.Event()
        # Lives as long as the stand: what a thread has started ends with it (deploy.embedded.tethered).
        threading.Thread(target=self._keep, name="keeper", daemon=True).start()
        self.broker = kafka.Broker(kafka_folder or folder / "kafka", fetch_jars(), free_port(), free_port())
        kafka.prepare(self.broker)
        self.clickhouse_port, self._clickhouse_status = free_port(), free_port()
        (folder / "password").write_text("a password of the stand\n")
        self.parts: dict[str, Part] = {}
        self._add("kafka", kafka.command(self.broker), lambda: kafka.is_ready(self.broker))
        ready = f"http://127.0.0.1:{self._clickhouse_status}/health/ready"
        self._add(
            "clickhouse", self._clickhouse_command(clickhouse_folder or folder / "clickhouse"), lambda: answers(ready)
        )
        self.add("gateway")
        self.add("worker")
        self.add("store")

    @property
    def hook(self) -> str:
        return f"{self.url('gateway')}/hooks/github"

    @property
    def kafka(self) -> Part:
        return self.parts["kafka"]

    @property
    def clickhouse(self) -> Part:
        return self.parts["clickhouse"]

    @property
    def gateway(self) -> Part:
        return self.parts["gateway"]

    @property
    def worker(self) -> Part:
        return self.parts["worker"]

    @property
    def store(self) -> Part:
        return self.parts["store"]

    @property
    def teams(self) -> dict[str, str]:
        """Service → team, as the catalog has them."""
        return {f"fault-{number}": TEAMS[number % 2] for number in range(1, 38)} | NORTHWIND

    def start(self) -> None:
        """Start everything, topics and tables made."""
        self.kafka.launch()
        self.clickhouse.launch()
        self.kafka.wait_until_ready()
        self.clickhouse.wait_until_ready()
        config = self.config("gateway")
        make_topics(config, resolve)
        migrate(config, resolve)
        for name in ORDER[2:]:
            self.parts[name].launch(self.environment)
        for name in ORDER[2:]:
            self.parts[name].wait_until_ready()
        self._tell_endpoints()

    @property
    def environment(self) -> dict[str, str]:
        """What every process of pipegauge is started with."""
        return {"PIPEGAUGE_TEST_CLOCK": str(self.clock)}

    def start_part(self, name: str, **env: str) -> None:
        """Start one and wait until it is ready."""
        self.parts[name].start({**self.environment, **env})
        self._tell_endpoints()

    def launch_part(self, name: str, **env: str) -> None:
        """Start one and return at once: it may be meant to end."""
        self.parts[name].launch({**self.environment, **env})
        self._tell_endpoints()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Start again what ends by itself while the block runs, as a supervisor would."""
        self._keeping.set()
        try:
            yield
        finally:
            self._keeping.clear()

    def _keep(self) -> None:
        while True:
            self._keeping.wait()
            for name in ORDER[2:]:
                if not self.parts[name].alive and self._keeping.is_set():
                    self.launch_part(name)
            time.sleep(0.3)

    def mend(self) -> None:
        """Whatever a failed test left dead, halted or additional is as it should be."""
        self.clock.write_text(self.clock.read_text() or "0")
        for name in [name for name in self.parts if name not in ORDER]:
            if self.parts[name].alive:
                self.parts[name].kill()
            del self.parts[name]
        for name in ORDER:
            if self.parts[name].alive and self.parts[name].halted:
                self.parts[name].go_on()
            if not self.parts[name].alive:
                self.launch_part(name)
            self.parts[name].wait_until_ready()

    def stop(self) -> None:
        """End everything, readers before what they read."""
        for part in reversed(list(self.parts.values())):
            if part.alive:
                part.kill()

    def add(self, name: str, **overrides: Any) -> Part:
        """A process of pipegauge, `gateway`, `worker-2` …, with `overrides` of its configuration; not started."""
        kind = name.partition("-")[0]
        number = self._numbers.setdefault(name, free_port())
        file = self._write_config(name, kind, number, overrides)
        options = ("--config", str(file), "--data", str(self.folder / name))
        command = {
            "gateway": ("-m", "deploy.cli", "receive"),
            "worker": ("-m", "tests.faults.work_process"),
            "store": ("-m", "deploy.cli", "store"),
        }[kind]
        url = f"http://127.0.0.1:{number}/health/ready"
        return self._add(name, (sys.executable, *command, *options), lambda: answers(url))

    def _add(self, name: str, argv: Sequence[str], is_ready: Any) -> Part:
        self.parts[name] = Part(name, tuple(argv), is_ready, self.folder / f"{name}.log")
        return self.parts[name]

    def _clickhouse_command(self, folder: Path) -> tuple[str, ...]:
        return (
            *(sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder)),
            *("--port", str(self.clickhouse_port), "--status-port", str(self._clickhouse_status)),
            *("--user", "pipegauge", "--password-file", str(self.folder / "password")),
        )

    def _write_config(self, name: str, kind: str, port: int, overrides: Mapping[str, Any]) -> Path:
        values: dict[str, Any] = {
            "services": [
                *yaml.safe_load(CATALOG.read_text(encoding="utf-8"))["services"],
                *(
                    {"name": service, "team": team, "repositories": [f"faults/{service}"]}
                    for service, team in self.teams.items()
                    if service not in NORTHWIND
                ),
            ],
            "sources": {"github": {"secrets": [SECRET.decode()]}},
            "salt": SALT,
            "connections": {
                "kafka": {"brokers": [self.broker.address], "partitions": PARTITIONS},
                "clickhouse": {"port": self.clickhouse_port, "password": f"file:{self.folder / 'password'}"},
            },
            "listen": {kind: f"127.0.0.1:{port}"},
            "gateway": self._settings,
            "alerts": [ALERT],
            "data": str(self.folder / name),
        }
        file = self.folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump({**values, **overrides}), encoding="utf-8")
        return file

    def config(self, name: str) -> Config:
        """What the process `name` is configured with."""
        return load(self.folder / f"{name}.yaml")

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._numbers[name]}"

    def status(self, name: str) -> dict[str, Any]:
        """The /status of a process."""
        found: dict[str, Any] = httpx.get(f"{self.url(name)}/status", timeout=10, trust_env=False).json()
        return found

    def _tell_endpoints(self) -> None:
        found = {
            name: {"url": self.url(name), "status_url": f"{self.url(name)}/status", "pid": part.pid}
            for name, part in self.parts.items()
            if name in self._numbers and part.process is not None
        }
        endpoints.write(self.folder, found)
