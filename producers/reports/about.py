"""What a report is about: whose tests or findings these are, said by whoever sends it. Pure.

A report itself knows neither its service nor its commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, get_args

import orjson

from producers.mapping.values import Unfit, moment_of
from producers.source import Unmappable
from schemas.deliveries import Headers
from schemas.events import Actor, FindingsReported, Links, Origin, TestLevel, TestsReported, event_id
from schemas.report_headers import ReportHeaders
from schemas.report_rules import LEVEL_WORDS, ReportRule, is_automated_by_path, level_by_path

_AUTOMATED = {"true": True, "automated": True, "false": False, "manual": False}


@dataclass(frozen=True, slots=True)
class Said:
    """What the sender says of a report, word for word; None where nothing is said."""

    service: str | None = None
    repository: str | None = None
    sha: str | None = None
    run: str | None = None
    change: str | None = None
    name: str | None = None
    level: str | None = None
    automated: str | None = None
    time: str | None = None
    path: str | None = None


FACTS = tuple(field.name for field in fields(Said))
"""What can be said of a report, in the order of Said."""


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about, and when it came. `called` names the place where each thing is said, such as its header;
    `rules` are those of pipegauge.yaml."""

    said: Said
    received_at: datetime
    called: Mapping[str, str]
    rules: Sequence[ReportRule] = ()
    tickets: tuple[str, ...] = ()
    actor: Actor | None = None
    url: str | None = None

    def tests(
        self, urn: str, digest: str, name: str | None, ended_at: datetime | None, **told: Any
    ) -> list[TestsReported]:
        """The TestsReported of a report that came to `told`. Raises Unmappable, which names what does not fit."""
        ended = self._moment() or ended_at
        level = self._level()
        automated = self._automated()
        name = self.said.name or name or "tests"
        return [
            TestsReported(
                **self._frame(urn, "TestsReported", name, digest, ended),
                report=digest,
                name=name,
                level=level,
                automated=automated,
                finished_at=ended,
                **told,
            )
        ]

    def findings(self, urn: str, digest: str, tool: str, ended_at: datetime | None, **told: Any) -> FindingsReported:
        """The FindingsReported of a scan by `tool` that came to `told`. Raises Unmappable."""
        ended = self._moment() or ended_at
        frame = self._frame(urn, "FindingsReported", f"{self.said.name or ''}/{tool}", digest, ended)
        return FindingsReported(**frame, report=digest, tool=tool, created_at=ended, **told)

    def _frame(self, urn: str, type_: str, name: str, digest: str, ended: datetime | None) -> dict[str, Any]:
        said = self.said
        if not said.service and not said.repository:
            header = self.called["service"]
            other = self.called["repository"]
            raise Unmappable(f"nothing says whose report this is; send {header} or {other}", header)
        about = [said.service, said.repository, said.run, said.sha, said.change, said.level]
        # A path is told since later than the rest: what is sent without one keeps the id that it had.
        told = [*about, name, digest, *([said.path] if said.path else [])]
        at = "" if ended is None else ended.isoformat()
        return {
            "id": event_id(urn, type_, orjson.dumps(told).decode(), None, "finished", at),
            "source": urn,
            "origin": Origin(repository=said.repository, app=said.service),
            "occurred_at": ended or self.received_at,
            "received_at": self.received_at,
            "actor": self.actor,
            "url": self.url,
            "links": Links(tickets=self.tickets, sha=said.sha, run=said.run, change=said.change),
        }

    def _level(self) -> TestLevel:
        """What is said wins over what the path says."""
        if self.said.level is None:
            return level_by_path(self.rules, self.said.path) or "other"
        level = LEVEL_WORDS.get(self.said.level.lower())
        if level is None:
            raise self._none_of("level", get_args(TestLevel))
        return level

    def _automated(self) -> bool:
        if self.said.automated is None:
            by_path = is_automated_by_path(self.rules, self.said.path)
            return True if by_path is None else by_path
        automated = _AUTOMATED.get(self.said.automated.lower())
        if automated is None:
            raise self._none_of("automated", tuple(_AUTOMATED))
        return automated

    def _moment(self) -> datetime | None:
        if self.said.time is None:
            return None
        try:
            return moment_of(self.said.time)
        except Unfit as unfit:
            header = self.called["time"]
            raise Unmappable(f"the header {header} is not {unfit}", header) from unfit

    def _none_of(self, fact: str, words: tuple[str, ...]) -> Unmappable:
        return Unmappable(f"the header {self.called[fact]} is none of {', '.join(words)}", self.called[fact])


def said_by(headers: Headers, called: ReportHeaders) -> Said:
    """What the headers of a delivery say of its report."""
    return Said(*(headers.get(getattr(called, fact), "").strip() or None for fact in FACTS))
