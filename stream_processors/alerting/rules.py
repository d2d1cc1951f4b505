"""Which rules a point concerns. Pure: who belongs to which team is asked of the catalog, with the time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from schemas.alert_rules import AlertRule
from schemas.metrics import MetricPoint, Scope

EVERY_PART = "*"


class Teams(Protocol):
    """What the catalog knows of teams."""

    def team_of(self, service: str, at: datetime) -> str: ...


class Rules:
    """The rules of pipegauge.yaml, found by metric and window."""

    def __init__(self, rules: Iterable[AlertRule], teams: Teams) -> None:
        self._by_name = {rule.name: rule for rule in rules}
        self._teams = teams
        self._by_subject: dict[tuple[str, str], list[AlertRule]] = {}
        for rule in self._by_name.values():
            self._by_subject.setdefault((rule.metric, rule.window), []).append(rule)

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def named(self, name: str) -> AlertRule | None:
        return self._by_name.get(name)

    def are_about(self, metric: str, window: str, part: str) -> bool:
        """Whether any rule may concern such a point, whatever its scope: most points are let pass by this alone."""
        return any(self._is_of_part(rule, part) for rule in self._by_subject.get((metric, window), ()))

    def concerned(self, point: MetricPoint, at: datetime) -> Iterator[AlertRule]:
        """The rules that watch the scope and the part of `point` at that time."""
        for rule in self._by_subject.get((point.metric, point.window), ()):
            if self.watches(rule, point.scope, point.part, at):
                yield rule

    def watches(self, rule: AlertRule, scope: Scope, part: str, at: datetime) -> bool:
        """Whether `rule` is about this scope and part."""
        return self._is_of_part(rule, part) and self._is_of_scope(rule, scope, at)

    @staticmethod
    def _is_of_part(rule: AlertRule, part: str) -> bool:
        return part != "" if rule.part == EVERY_PART else part == rule.part

    def _is_of_scope(self, rule: AlertRule, scope: Scope, at: datetime) -> bool:
        wanted = rule.scope
        if wanted.each == "service":
            is_of_team = wanted.team is None or self._teams.team_of(scope.name, at) == wanted.team
            return scope.kind == "service" and is_of_team
        if wanted.each == "team":
            return scope.kind == "team"
        if wanted.org:
            return scope.kind == "org"
        return scope == Scope(kind="team" if wanted.team else "service", name=wanted.team or wanted.service or "")
