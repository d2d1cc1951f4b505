"""Looks at this machine for the doctor: its disks, its spool, its secrets, what answers on it."""

import contextlib
import json
import shutil
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from deploy import endpoints
from deploy.configuration import SecretError
from deploy.doctor.machine import ProcessSeen, Space
from producers.receive import SPOOL_FILE
from schemas.config import Config

PATIENCE_S = 3
_PROCESSES = ("gateway", "worker", "store", "board")


def spaces(data: Path) -> list[Space]:
    """The disks under the data folder, each once, with what is on it."""
    folders = [("the data folder", data), ("Kafka", data / "kafka"), ("ClickHouse", data / "clickhouse")]
    by_device: dict[int, list[tuple[str, Path]]] = {}
    for name, folder in folders:
        there = next((one for one in (folder, *folder.resolve().parents) if one.exists()), Path("/"))
        if folder.exists() or folder == data:
            by_device.setdefault(there.stat().st_dev, []).append((name, there))
    found = []
    for held in by_device.values():
        usage = shutil.disk_usage(held[0][1])
        found.append(Space(held[0][0], usage.free, usage.total))
    return found


def spooled(data: Path) -> tuple[int, int] | None:
    """How many deliveries wait in the spool, and their bytes; None where there is no spool or it cannot be read."""
    file = data / SPOOL_FILE
    if not file.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)) as database:
            count, size = database.execute(
                "SELECT count(*), coalesce(sum(length(records)), 0) FROM deliveries"
            ).fetchone()
            return int(count), int(size)
    except sqlite3.Error:  # another user's, or just being made: the gateway's own line tells of it
        return None


def references(config: Config) -> Iterator[str]:
    """Every secret that the configuration refers to."""
    yield config.connections.clickhouse.password
    if config.connections.kafka.sasl is not None:
        yield config.connections.kafka.sasl.password
    yield config.salt
    for source in config.sources.values():
        yield from source.secrets
    for route in config.notify.routes.values():
        yield from route.urls


def unreadable(config: Config, resolve: Callable[[str], str]) -> list[str]:
    """Why secrets cannot be read, a line each."""
    found: list[str] = []
    for reference in references(config):
        try:
            resolve(reference)
        except SecretError as error:  # what the line is about
            found.append(str(error))
    return list(dict.fromkeys(found))


def addresses(config: Config, data: Path) -> dict[str, str]:
    """Where the processes of this configuration listen: those of a running stack, else as configured."""
    wanted = {name: str(getattr(config.listen, name)).replace("0.0.0.0", "127.0.0.1") for name in _PROCESSES}
    if config.notify.routes:
        wanted["notifier"] = config.listen.notifier
    try:
        running = endpoints.read(data)
    except (OSError, ValueError):  # no stack runs here
        return wanted
    return {
        name: str(found["url"]).removeprefix("http://")
        for name, found in running.items()
        if name in (*_PROCESSES, "notifier")
    }


def process(name: str, address: str) -> ProcessSeen:
    """What a process answers at `address`."""
    status = _get(f"http://{address}/status")
    return ProcessSeen(name, address, status, status is not None and _get(f"http://{address}/health/ready") is not None)


def _get(url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            found = json.load(answer)
    except (OSError, ValueError):  # nobody there, not ready, or not one of ours
        return None
    return found if isinstance(found, dict) else None
