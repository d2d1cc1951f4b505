"""Whether a stack has come to rest: everything answered 2xx is stored, no lag, nothing dirty, no spool."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from deploy import endpoints

PROCESSES = ("gateway", "worker", "store", "notifier")


class NotSettled(RuntimeError):
    """What had not come to rest in time, in one line."""


def unsettled(data: Path) -> list[str]:
    """What is still on its way, in words; empty at rest."""
    found = endpoints.read(data)
    reasons: list[str] = []
    for process in (name for name in PROCESSES if name in found):
        status = _status(found[process]["status_url"])
        if status is None:
            reasons.append(f"{process} does not answer")
            continue
        lag = status.get("lag")
        if lag is None:
            reasons.append(f"{process} does not know its lag")
            continue
        reasons += [f"{process} is {behind} records behind on {topic}" for topic, behind in lag.items() if behind]
        reasons += [f"{process} has {status[what]} {what}" for what in ("dirty", "spool_depth") if status.get(what)]
    return reasons


def wait_until_settled(data: Path, missing: Callable[[], int], timeout_s: float, still: int = 2) -> None:
    """Wait until nothing is on its way, `still` times in a row, and `missing` finds nothing. Raises NotSettled.

    Once is not enough: a record may be between two topics at that very moment.
    """
    deadline = time.monotonic() + timeout_s
    calm = 0
    while True:
        reasons = unsettled(data)
        if not reasons and (lost := missing()):
            reasons = [f"{lost} events answered 2xx are not in ClickHouse"]
        calm = 0 if reasons else calm + 1
        if calm >= still:
            return
        if time.monotonic() > deadline:
            raise NotSettled(f"not at rest after {timeout_s:.0f} s: {'; '.join(reasons) or 'only just calm'}")
        time.sleep(1.1)  # longer than the interval of ticks and of lag readings


def answered_events(file: Path) -> set[str]:
    """The ids of all events that the gateway answered 2xx for, as a feed has noted them."""
    lines: Iterable[str] = file.read_text(encoding="utf-8").splitlines() if file.exists() else ()
    return {id_ for line in lines for id_ in json.loads(line)["events"]}


def _status(url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            status: dict[str, Any] = json.load(answer)
            return status
    except (OSError, ValueError):  # not there, or cut short: asked again later
        return None
