"""The embedded ClickHouse as its users start it: a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickhouse_driver import Client

USER = "gauge"
PASSWORD = "pa$$wörd 'quoted'"
READER = "grafana"
READER_PASSWORD = "only-looks"
START_SECONDS = 30
REPOSITORY = Path(__file__).parents[2]


def command(data: Path, password_file: Path, *more: str) -> list[str]:
    return [
        *(sys.executable, "-m", "deploy.embedded.clickhouse"),
        *("--path", str(data), "--port", "0", "--status-port", "0"),
        *("--user", USER, "--password-file", str(password_file), *more),
    ]


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int
    status_port: int
    log_file: Path

    def client(self, **options: Any) -> Client:
        chosen = {"user": USER, "password": PASSWORD, "send_receive_timeout": 30, **options}
        return Client("127.0.0.1", self.port, **chosen)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status_port}{path}", timeout=5) as answer:
            return json.load(answer)

    def log(self) -> str:
        return self.log_file.read_text()

    def resident_kb(self, field: str = "VmRSS") -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field))

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(15)


def start(folder: Path) -> Running:
    """Starts the server over `folder`/data and waits until clients can connect."""
    folder.mkdir(parents=True, exist_ok=True)
    password_file, ports, log_file = folder / "password", folder / "ports.json", folder / "log"
    password_file.write_text(PASSWORD + "\n", encoding="utf-8")
    reader_file = folder / "reader-password"
    reader_file.write_text(READER_PASSWORD + "\n", encoding="utf-8")
    reader = ("--reader", READER, "--reader-password-file", str(reader_file))
    ports.unlink(missing_ok=True)
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command(folder / "data", password_file, "--port-file", str(ports), *reader),
            cwd=REPOSITORY,
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + START_SECONDS
    while not ports.exists():
        assert process.poll() is None, log_file.read_text()
        if time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"no clients possible after {START_SECONDS} s: {log_file.read_text()}")
        time.sleep(0.02)
    found = json.loads(ports.read_text())
    return Running(process, found["port"], found["status_port"], log_file)


def wait_until(true: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)
