"""A worker and a store of the rebuild's own, run until they have caught up with what was published anew.

The worker judges no alerts meanwhile: windows that are being refilled pass through values that were never true.
"""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kafka import TopicPartition
from kafka.errors import KafkaError

from deploy import endpoints
from deploy.embedded import ports
from deploy.embedded.child import Child
from deploy.embedded.supervisor import Supervisor
from deploy.rebuild.groups import STORE_GROUP, WORKER_GROUP
from schemas import topics
from schemas.config import Config
from stream_processors.lag import Lag

CONFIG = "rebuild.yaml"
STALLED_S = 120.0
_COMMANDS = {"worker": "work", "store": "store"}
_LOOK_EVERY_S = 1.1  # longer than the interval of ticks and of lag readings
_SAY_EVERY_S = 5.0
_CALM = 5
"""Looks in a row that find nothing on its way and nothing published since: a lag and what is dirty are not told of one
moment, and what a tick moves between them is seen by neither. A service takes three ticks to reach the organisation."""

Say = Callable[[str], None]


class NotCaughtUp(RuntimeError):
    """Worker or store do not get on: one line saying what to do."""


@contextmanager
def processes(config: Config) -> Iterator[dict[str, str]]:
    """Worker and store on free ports of this machine until the block ends; the addresses of their status.

    Raises ChildFailed.
    """
    taken = {name: f"127.0.0.1:{ports.pick(0)}" for name in _COMMANDS}
    file = config.data / CONFIG
    endpoints.write_private(file, _text(config, taken))
    children = [_child(name, address, file) for name, address in taken.items()]
    try:
        with Supervisor(children, config.data / "logs"):
            yield {name: f"http://{address}/status" for name, address in taken.items()}
    finally:
        file.unlink(missing_ok=True)


def _child(name: str, address: str, file: Path) -> Child:
    argv = (sys.executable, "-m", "deploy.cli", _COMMANDS[name], "--rebuilding", "--config", str(file))
    ready = f"http://{address}/health/ready"
    return Child(f"rebuild-{name}", argv, lambda: _get(ready) is not None, ready_within_s=120)


def _text(config: Config, taken: Mapping[str, str]) -> str:
    values = config.model_dump(mode="json", exclude_unset=True, by_alias=True)
    values["listen"] = {**values.get("listen", {}), **taken}
    values["data"] = str(config.data.resolve())
    return yaml.safe_dump(values, sort_keys=False)


def wait(
    kafka: Mapping[str, Any],
    partitions: int,
    statuses: Mapping[str, str],
    goal: Mapping[TopicPartition, int],
    remainder: int,
    say: Say,
) -> None:
    """Return once both groups are past `goal` on `events`, and no more than `remainder` is on its way.

    What a gateway takes in meanwhile is never at rest: `remainder` is what may be left of it, 0 where none runs.
    Raises NotCaughtUp where nothing moves any more.
    """
    lags = [Lag(group, [topics.EVENTS], partitions, **kafka) for group in (WORKER_GROUP, STORE_GROUP)]
    published = Lag(WORKER_GROUP, [topics.OBSERVATIONS, topics.ROLLUPS, topics.METRICS], partitions, **kafka)
    left, calm, known = _Left(say), 0, -1
    while calm < _CALM:
        time.sleep(_LOOK_EVERY_S)
        before_goal = sum(_missing(lag, goal) for lag in lags)
        on_its_way = _on_its_way(statuses)
        left.note(before_goal, on_its_way)
        ends = _ends(published)
        is_still = remainder > 0 or ends == known
        is_done = before_goal == 0 and on_its_way is not None and on_its_way <= remainder
        calm, known = (calm + 1 if is_still and is_done else 0), ends


class _Left:
    """What is left, told every few seconds; raises NotCaughtUp once it has stood still for too long."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._known: tuple[int, int | None] = (-1, None)
        self._moved = self._said = time.monotonic()

    def note(self, before_goal: int, on_its_way: int | None) -> None:
        now = time.monotonic()
        if (before_goal, on_its_way) != self._known:
            self._known, self._moved = (before_goal, on_its_way), now
        if now - self._moved > STALLED_S:
            raise NotCaughtUp(
                f"nothing has moved for {STALLED_S:.0f} s; see the logs of rebuild-worker and rebuild-store, then run "
                "`pipegauge rebuild` again"
            )
        if now - self._said > _SAY_EVERY_S:
            self._said = now
            self._say(f"  {before_goal + (on_its_way or 0):,} records to go")


def _missing(lag: Lag, goal: Mapping[TopicPartition, int]) -> int:
    try:
        positions = lag.positions()
    except KafkaError:  # the world's: asked again
        return sum(goal.values())
    return sum(max(0, end - positions[at.topic, at.partition].done) for at, end in goal.items())


def _ends(lag: Lag) -> int:
    """How many records were ever published; -1 while Kafka cannot be asked."""
    try:
        return sum(position.end for position in lag.positions().values())
    except KafkaError:  # the world's: asked again
        return -1


def _on_its_way(statuses: Mapping[str, str]) -> int | None:
    """Records and series on their way; None while a process does not know."""
    found = 0
    for url in statuses.values():
        status = _get(url)
        if status is None or status.get("lag") is None:
            return None
        found += sum(status["lag"].values()) + int(status.get("dirty") or 0)
    return found


def _get(url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (OSError, ValueError):  # not listening yet, not ready, or cut short: asked again
        return None
