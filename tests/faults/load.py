"""Deliveries whose payload is a function of their number, and what must be observed of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any, NamedTuple

from deploy.demo.moments import Planned

PIPELINE = "build"
GATE = "unit-tests"


class Subject(NamedTuple):
    """What is observed."""

    metric: str
    part: str
    service: str
    subject: str


class Fact(NamedTuple):
    """What is observed of it."""

    at: datetime
    value: int
    weight: int = 1


@dataclass(frozen=True)
class Load:
    """Runs and their checks in the repository faults/`service`: `count` of each, numbered from `first`.

    The newest finished at `until`, each other one `apart` before the next.
    """

    service: str
    count: int
    until: datetime
    first: int = 0
    apart: timedelta = timedelta(seconds=7)
    filed_as: str | None = None
    """The service that the catalog places it in, where that has another name."""

    @property
    def repository(self) -> str:
        return f"faults/{self.service}"

    def planned(self) -> list[Planned]:
        """Two deliveries for each number: the run's end and its check's verdict."""
        return [one for number in self._numbers() for one in (self.run(number), self.check(number))]

    def facts(self) -> dict[Subject, Fact]:
        """The observations of all of them."""
        return dict(fact for number in self._numbers() for fact in self._facts(number))

    def durations(self, number: int) -> dict[Subject, Fact]:
        """What is observed of one run, whose check was not sent."""
        return {subject: fact for subject, fact in self._facts(number) if subject.metric == "pipeline_duration"}

    def run(self, number: int, **changes: Any) -> Planned:
        """The end of a run; `changes` are to its object."""
        finished = self._finished(number)
        run = {
            "id": self._id(number),
            "name": PIPELINE,
            "head_branch": "main",
            "head_sha": self._sha(number),
            "path": ".github/workflows/build.yml",
            "run_attempt": 1,
            "event": "push",
            "status": "completed",
            "conclusion": "success",
            "created_at": _stamp(finished - self._duration(number)),
            "run_started_at": _stamp(finished - self._duration(number)),
            "updated_at": _stamp(finished),
            "actor": {"login": f"person-{number}", "type": "User"},
        }
        return self._planned(number, "workflow_run", {"action": "completed", "workflow_run": run | changes})

    def check(self, number: int) -> Planned:
        """The verdict of a check on the run's commit."""
        finished = self._finished(number)
        check = {
            "id": self._id(number),
            "name": GATE,
            "head_sha": self._sha(number),
            "status": "completed",
            "conclusion": "success" if self._passed(number) else "failure",
            "started_at": _stamp(finished - timedelta(seconds=20)),
            "completed_at": _stamp(finished),
        }
        return self._planned(number, "check_run", {"action": "completed", "check_run": check})

    def _numbers(self) -> Iterable[int]:
        return range(self.first, self.first + self.count)

    def _finished(self, number: int) -> datetime:
        moment = self.until - self.apart * (self.first + self.count - 1 - number)
        return moment.replace(microsecond=0)  # GitHub tells whole seconds

    @staticmethod
    def _duration(number: int) -> timedelta:
        return timedelta(seconds=40 + number * 7919 % 1200)

    @staticmethod
    def _passed(number: int) -> bool:
        return number % 3 != 0

    def _id(self, number: int) -> int:
        return int(self._digest("run", number)[:12], 16)

    def _sha(self, number: int) -> str:
        return self._digest("commit", number)

    def _digest(self, kind: str, number: int) -> str:
        return sha1(f"{kind} {number} of {self.service}".encode()).hexdigest()

    def _planned(self, number: int, event: str, body: dict[str, Any]) -> Planned:
        page = f"https://github.com/{self.repository}"
        body["repository"] = {"full_name": self.repository, "html_url": page, "default_branch": "main"}
        return Planned(self._finished(number), event, body, self._digest(event, number))

    @property
    def _filed(self) -> str:
        return self.filed_as or self.service

    def _facts(self, number: int) -> Iterator[tuple[Subject, Fact]]:
        finished, passed = self._finished(number), int(self._passed(number))
        run, check = str(self._id(number)), f"{GATE}@{self._sha(number)}"
        milliseconds = self._duration(number) // timedelta(milliseconds=1)
        for part in ("", PIPELINE):
            yield Subject("pipeline_duration", part, self._filed, f"{run}/1"), Fact(finished, milliseconds)
        for part in ("", GATE):
            yield Subject("gate_pass_rate", part, self._filed, run), Fact(finished, passed)
            yield Subject("first_pass_yield", part, self._filed, check), Fact(finished, passed)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
