"""DATA/endpoints.json: where each process of a running stack is, for people and for whoever checks them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "endpoints.json"
EFFECTIVE = "effective.yaml"
"""The configuration that the stack's processes were started with: ports as taken, secrets as file references."""
STARTED_WITH = "started-with"
"""Which file the user's configuration was read from at the last start; it outlives the stack."""


def write(data: Path, endpoints: Mapping[str, Any]) -> None:
    """Write the file in one step, so that no reader ever sees half of it."""
    fresh = data / f"{FILE}.new"
    fresh.write_text(json.dumps(endpoints, indent=2) + "\n", encoding="utf-8")
    fresh.replace(data / FILE)


def write_effective(data: Path, text: str) -> None:
    """Write the processes' configuration, for this user only: a secret may stand in it."""
    write_private(data / EFFECTIVE, text)


def write_private(path: Path, text: str) -> None:
    """Write a file in one step that only this user can read."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    fresh.replace(path)


def read(data: Path) -> dict[str, Any]:
    """The endpoints of the stack in `data`. Raises FileNotFoundError saying how to start one."""
    try:
        endpoints: dict[str, Any] = json.loads((data / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"nothing runs in {data}; start it with `pipegauge up --data {data}`") from None
    return endpoints


def remove(data: Path) -> None:
    """Forget a stack that has ended."""
    for name in (FILE, EFFECTIVE):
        (data / name).unlink(missing_ok=True)


def note_origin(data: Path, origin: Path | None) -> None:
    """Keep which file the stack in `data` is started with."""
    if origin is None:
        (data / STARTED_WITH).unlink(missing_ok=True)
    else:
        (data / STARTED_WITH).write_text(f"{origin.resolve()}\n", encoding="utf-8")


def last_origin(data: Path) -> Path | None:
    """The file that the stack in `data` was last started with; None where it had none, or was never started."""
    try:
        return Path((data / STARTED_WITH).read_text(encoding="utf-8").rstrip("\n"))
    except FileNotFoundError:  # the folder of no stack, or of one that had no file
        return None
