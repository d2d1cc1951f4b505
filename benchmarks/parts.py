"""The parts under test as processes of their own, which end with their block."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from deploy.embedded import kafka, ports
from deploy.embedded.kafka_jars import fetch_jars

STOP_S = 25
PATIENCE_S = 120


@contextmanager
def process(command: Sequence[str], output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A child that ends with the block."""
    with output.open("ab") as log:
        child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        end(child)


def end(child: "subprocess.Popen[bytes]") -> None:
    """Ask a child to end, and see to it that it does."""
    child.terminate()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:  # its data is thrown away: nothing may be left behind
        child.kill()
        child.wait()


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The embedded broker over `folder`, which is made; its address."""
    folder.mkdir(parents=True)
    embedded = kafka.Broker(folder, fetch_jars(), ports.pick(19_092), ports.pick(19_093))
    kafka.prepare(embedded)
    with process(kafka.command(embedded), folder / "output"):
        until(lambda: kafka.is_ready(embedded), "the broker")
        yield embedded.address


@contextmanager
def service(
    command: str, config: dict[str, Any], folder: Path, url: str, patience: float = PATIENCE_S
) -> Iterator["subprocess.Popen[bytes]"]:
    """`pipegauge COMMAND` with `config` as its file, in `folder`, which is made; ready when the block begins."""
    folder.mkdir(parents=True)
    file = folder / "pipegauge.yaml"
    file.write_text(yaml.safe_dump(config | {"data": str(folder)}), encoding="utf-8")
    with process(pipegauge(command, "--config", str(file)), folder / "output") as child:
        until(lambda: answers(f"{url}/health/ready"), f"`pipegauge {command}`", seconds=patience)
        yield child


def pipegauge(*arguments: str) -> list[str]:
    """The command line of `pipegauge`."""
    return [sys.executable, "-m", "deploy.cli", *arguments]


def until(true: Callable[[], bool], what: str, every: float = 0.1, seconds: float = PATIENCE_S) -> None:
    """Wait until `true`. Raises SystemExit naming `what`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} was not there within {seconds:.0f} s")
        time.sleep(every)


def answers(url: str) -> bool:
    """Whether a GET is answered 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # it is still starting, or already gone
        return False


def status(url: str) -> dict[str, Any]:
    """What `/status` says."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
