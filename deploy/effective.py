"""The configuration of an embedded stack: the user's, with the embedded addresses and generated secrets in it."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.endpoints import EFFECTIVE, write_effective
from schemas.config import Config

PARTITIONS = 4
READER = "grafana"
"""The user of the embedded ClickHouse that may only read."""
SECRETS = ("github", "git", "salt", "clickhouse", "clickhouse-readonly")
_MADE = re.compile(r"file:secrets/([A-Za-z0-9_-][A-Za-z0-9._-]*)")
_ORIGIN = "# Made from "
_LISTENERS = ("gateway", "board", "worker", "store", "notifier")


@dataclass(frozen=True)
class Ports:
    """The loopback ports that the stack took."""

    gateway: int
    board: int
    worker: int
    store: int
    notifier: int
    kafka: int
    kafka_controller: int
    clickhouse: int
    clickhouse_status: int


def make_secrets(data: Path, config: Config) -> dict[str, Path]:
    """The files of the stack's secrets by name, each made once, readable for this user only.

    Beside the stack's own, each that a source of `config` calls `file:secrets/NAME` and that the user has not written.
    """
    folder = data / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = {name: (folder / name).resolve() for name in (*SECRETS, *_wanted(config))}
    for file in files.values():
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(24) + "\n", encoding="ascii")
    return files


def _wanted(config: Config) -> list[str]:
    references = [reference for source in config.sources.values() for reference in source.secrets]
    names = [match[1] for reference in references if (match := _MADE.fullmatch(reference))]
    return [name for name in names if not Path("secrets", name).exists()]


def effective(config: Config, data: Path, ports: Ports, files: Mapping[str, Path], origin: Path | None = None) -> str:
    """The YAML text of `config`, which was read from `origin`, as the stack's processes read it.

    Without any source of its own a stack hears GitHub and git, with generated secrets.
    """
    connections = config.model_dump(mode="json", exclude_unset=True, by_alias=True).get("connections", {})
    fixed = {
        "data": str(data.resolve()),
        "listen": {name: f"127.0.0.1:{getattr(ports, name)}" for name in _LISTENERS},
        "connections": {
            "kafka": {"brokers": [f"127.0.0.1:{ports.kafka}"], "partitions": PARTITIONS},
            "clickhouse": {"port": ports.clickhouse, "password": f"file:{files['clickhouse']}"},
            "grafana": {
                **connections.get("grafana", {}),
                "reader": {"username": READER, "password": f"file:{files['clickhouse-readonly']}"},
            },
            **({"otlp": connections["otlp"]} if connections.get("otlp") else {}),
        },
    }
    return _text(config, data, files, fixed, origin)


def reread(data: Path, load: Callable[[Path | None], Config]) -> Config:
    """What the file that the stack in `data` was started with says now, at the addresses that the stack has.

    Raises what `load` raises; then DATA/effective.yaml stays as it was.
    """
    text = (data / EFFECTIVE).read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    if not first.startswith(_ORIGIN):
        return load(data / EFFECTIVE)
    origin = Path(first.removeprefix(_ORIGIN))
    before = yaml.safe_load(rest)
    fixed = {name: before[name] for name in ("data", "listen", "connections")}
    config = load(origin)
    fresh = _text(config, data, make_secrets(data, config), fixed, origin)
    write_effective(data, fresh)
    return load(data / EFFECTIVE)


def _text(config: Config, data: Path, files: Mapping[str, Path], fixed: Mapping[str, Any], origin: Path | None) -> str:
    values: dict[str, Any] = config.model_dump(mode="json", exclude_unset=True, by_alias=True)
    values["sources"] = values.get("sources") or {
        name: {"secrets": [f"file:{files[name]}"]} for name in ("github", "git")
    }
    values.setdefault("salt", f"file:{files['salt']}")
    for source in values["sources"].values():
        source["secrets"] = [_anchored(secret, data) for secret in source.get("secrets", ())]
    values["salt"] = _anchored(values["salt"], data)
    notify = values.setdefault("notify", {})
    notify.setdefault("board", f"http://{fixed['listen']['board']}")
    for route in notify.get("routes", {}).values():
        for kind in ("urls", "alertmanagers"):
            if kind in route:
                route[kind] = [_anchored(secret, data) for secret in route[kind]]
    head = f"{_ORIGIN}{origin.resolve()}\n" if origin else ""
    return head + yaml.safe_dump({**values, **fixed}, sort_keys=False)


def _anchored(reference: str, data: Path) -> str:
    """A secret's file as the user means it: as it is where there is one, else the one that the stack made in `data`."""
    path = Path(reference.removeprefix("file:"))
    made = data / path
    if not reference.startswith("file:") or path.is_absolute() or path.exists() or not made.exists():
        return reference
    return f"file:{made.resolve()}"
