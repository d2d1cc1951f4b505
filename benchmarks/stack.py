"""`pipegauge up` as a process, as a user starts it, and the demo's fortnight to feed it with."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from clickhouse_driver import Client

from benchmarks.companies import PAST
from benchmarks.parts import answers, pipegauge, until
from deploy.demo.feed import Feed
from deploy.demo.signing import as_github
from deploy.settled import answered_events, wait_until_settled
from schemas.deliveries import Secret

SECRET = Secret(b"a secret of the benchmark")
CATALOG = Path(__file__).resolve().parents[1] / "deploy" / "demo" / "pipegauge.yaml"
SETTLE_S = 90
STOP_S = 40
PROCESSES = ("gateway", "worker", "store", "notifier", "board")


@dataclass
class Stack:
    """A stack that runs: its data folder, and the process that owns the others."""

    data: Path
    process: "subprocess.Popen[bytes]"

    @property
    def endpoints(self) -> dict[str, Any]:
        """The file endpoints.json."""
        found: dict[str, Any] = json.loads((self.data / "endpoints.json").read_text(encoding="utf-8"))
        return found

    @property
    def gateway_port(self) -> int:
        """Where it takes webhooks."""
        return int(self.endpoints["gateway"]["url"].rpartition(":")[2])

    def clickhouse(self) -> Client:
        """A connection of its own."""
        found = self.endpoints["clickhouse"]
        host, _, port = found["address"].partition(":")
        password = Path(found["password_file"]).read_text(encoding="utf-8").strip()
        return Client(host, int(port), found["database"], found["user"], password)

    def feed_a_fortnight(self) -> int:
        """Post the demo's past, and wait until all of it is stored and nothing is on its way; how many events."""
        folder = self.data / "demo"
        asyncio.run(_backfill(self.endpoints["gateway"]["url"], folder))
        answered = answered_events(folder / "answered.jsonl")
        self.settle(len(answered))
        return len(answered)

    def settle(self, events: int, patience_s: float = SETTLE_S) -> None:
        """Wait until at least `events` are stored and nothing is on its way. Raises deploy.settled.NotSettled."""
        client = self.clickhouse()
        wait_until_settled(self.data, lambda: max(0, events - stored_events(client)), patience_s)

    def stop(self) -> float:
        """Ctrl-C; seconds until its process and all of its children had ended."""
        pids = [one["pid"] for one in self.endpoints.values() if one["pid"] is not None]
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_S)
        until(lambda: not any(_lives(pid) for pid in pids), "the end of every process", 0.02, STOP_S)
        return time.monotonic() - began


def stored_events(client: Client) -> int:
    """How many events ClickHouse holds."""
    [[count]] = client.execute("SELECT uniqExact(id) FROM events")
    return int(count)


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """Start `pipegauge up` with the demo's catalog in `folder`; every process is ready when the block begins."""
    folder.mkdir(parents=True, exist_ok=True)
    running = start(folder)
    try:
        until(lambda: is_ready(running), "`pipegauge up`", 0.05)
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            try:
                running.process.wait(STOP_S)
            except subprocess.TimeoutExpired:  # its data is thrown away: nothing may be left behind
                running.process.kill()
                running.process.wait()


def start(folder: Path) -> Stack:
    """Start `pipegauge up` in `folder` and return at once."""
    values = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))
    values["sources"] = {name: {"secrets": [SECRET.decode()]} for name in ("github", "git")}
    values["salt"] = "a salt"
    file = folder / "pipegauge.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    command = pipegauge("up", "--config", str(file), "--data", str(folder / "data"))
    with (folder / "output").open("ab") as log:
        return Stack(folder / "data", subprocess.Popen(command, stdout=log, stderr=log))


def is_ready(running: Stack) -> bool:
    """Whether every process of it is ready. Raises SystemExit where it has ended."""
    if running.process.poll() is not None:
        raise SystemExit((running.data.parent / "output").read_text(encoding="utf-8")[-2_000:])
    try:
        found = running.endpoints
    except (FileNotFoundError, ValueError):  # not written yet
        return False
    return all(answers(f"{found[name]['url']}/health/ready") for name in PROCESSES)


async def _backfill(gateway: str, folder: Path) -> None:
    now = datetime.now(UTC)
    async with Feed(gateway, as_github(SECRET), folder, seed=1, start=now - PAST, stop=asyncio.Event()) as feed:
        await feed.backfill(now)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:  # it has ended
        return False
    return True
