"""`pipegauge up` as a process of its own, as a user starts it, and its processes to kill."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from clickhouse_driver import Client

from schemas.config import Config

SECRET = b"a secret of the tests"
SALT = "a salt of the tests"
CATALOG = Path(__file__).resolve().parents[2] / "deploy" / "demo" / "pipegauge.yaml"


@dataclass(frozen=True)
class EmbeddedStack:
    """A running stack; `data` is its folder."""

    data: Path
    config: Config

    @property
    def endpoints(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "endpoints.json").read_text(encoding="utf-8"))
        return found

    @property
    def hook(self) -> str:
        return f"{self.endpoints['gateway']['url']}/hooks/github"

    def kill(self, process: str) -> int:
        """kill -9; the pid that was killed."""
        pid: int = self.endpoints[process]["pid"]
        os.kill(pid, signal.SIGKILL)
        return pid

    def status(self, process: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.endpoints[process]["status_url"], timeout=10) as answer:
            status: dict[str, Any] = json.load(answer)
            return status

    def clickhouse(self) -> Client:
        found = self.endpoints["clickhouse"]
        host, _, port = found["address"].partition(":")
        password = Path(found["password_file"]).read_text(encoding="utf-8").strip()
        return Client(host, int(port), found["database"], found["user"], password)


@contextmanager
def embedded_stack(folder: Path, otlp: dict[str, Any] | None = None) -> Iterator[EmbeddedStack]:
    """Start `pipegauge up` with the demo's catalog in `folder`, and stop it with the block; `otlp` is its collector."""
    values = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))
    values["sources"] = {name: {"secrets": [SECRET.decode()]} for name in ("github", "git")}
    values["salt"] = SALT
    if otlp is not None:
        values["connections"] = {"otlp": otlp}
    with stack_of(folder, yaml.safe_dump(values)) as stack:
        yield stack


@contextmanager
def stack_of(folder: Path, text: str) -> Iterator[EmbeddedStack]:
    """Start `pipegauge up` with `text` as its configuration, FOLDER/pipegauge.yaml, and stop it with the block."""
    file, data = folder / "pipegauge.yaml", folder / "data"
    file.write_text(text, encoding="utf-8")
    argv = [sys.executable, "-m", "deploy.cli", "up", "--config", str(file), "--data", str(data)]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        _wait_until_ready(process, data, folder / "up.log")
        yield EmbeddedStack(data, Config.model_validate(yaml.safe_load(text)))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:  # a hang is a failure of its own test; here nothing may be left behind
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", data: Path, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if _is_ready(data):
            return
        time.sleep(0.2)
    raise AssertionError(f"`pipegauge up` is not ready:\n{log.read_text(encoding='utf-8')[-3000:]}")


def _is_ready(data: Path) -> bool:
    try:
        found = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
        for process in ("gateway", "worker", "store", "notifier", "board"):
            with urllib.request.urlopen(f"{found[process]['url']}/health/ready", timeout=2) as answer:
                if answer.status != 200:
                    return False
    except (OSError, ValueError, KeyError):  # not written yet, not listening yet, not ready yet
        return False
    return True
