"""A measured figure: its samples, its goal, and the load of the machine before it was measured."""

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from deploy.embedded.kafka_jars import fetch_jars


@dataclass(frozen=True)
class Goal:
    """What a figure should be: at least, or less than, `limit`."""

    sign: Literal["≥", "<"]
    limit: float

    def is_met_by(self, value: float) -> bool:
        """Whether `value` is good enough."""
        return value >= self.limit if self.sign == "≥" else value < self.limit


@dataclass(frozen=True)
class Figure:
    """What was measured, once for each sample; `load` is the load average of one minute before."""

    name: str
    unit: str
    samples: tuple[float, ...]
    load: float
    goal: Goal | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def spread(self) -> str:
        """The least and the greatest sample, and how many there were."""
        return f"{number(min(self.samples))} to {number(max(self.samples))} (n={len(self.samples)})"

    @property
    def goal_text(self) -> str:
        """The goal, and whether the median meets it."""
        if self.goal is None:
            return "–"
        met = "met" if self.goal.is_met_by(self.median) else "MISSED"
        return f"{self.goal.sign} {number(self.goal.limit)} {met}"

    @property
    def line(self) -> str:
        """All of it in a line."""
        goal = f"; goal {self.goal_text}" if self.goal else ""
        return f"{self.name}: {number(self.median)} {self.unit}, {self.spread}, load before {self.load:.2f}{goal}"


def number(value: float) -> str:
    """Three digits of a small number, all whole digits of a large one."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value of nearest rank."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def now() -> datetime:
    """The present second."""
    return datetime.now(UTC).replace(microsecond=0)


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    """What this was measured on."""
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / (1 << 20)
    kafka = next((jar.stem.rpartition("-")[2] for jar in sorted(fetch_jars().glob("kafka-clients-*.jar"))), "?")
    return (
        f"{time.strftime('%Y-%m-%d %H:%M')}: {os.cpu_count()} cores, {memory:.0f} GB RAM, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, Kafka {kafka}, "
        f"chdb-core {version('chdb-core')}, faust-streaming {version('faust-streaming')}"
    )


def report(figures: Sequence[Figure]) -> None:
    """Print figures, a line each."""
    for figure in figures:
        print(figure.line, flush=True)
