"""`alerts:` and `notify:` of pipegauge.yaml: which numbers somebody is told of, and whom."""

from collections.abc import Collection, Iterator, Sequence
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from schemas.destinations import check_http, is_reference, network_of, scheme_of
from schemas.metrics import WindowName
from schemas.section import Duration, SecretReference, Section, TimeZone, seconds_of

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Operator = Literal[">", ">=", "<", "<="]
Severity = Literal["info", "warning", "critical"]
PointValue = Literal["value", "p50", "p75", "p90", "p95", "linked_share", "sample_size"]

WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _milliseconds_of(threshold: object) -> object:
    """A duration such as 10m in milliseconds, the unit of the metrics; a number as it is."""
    seconds = seconds_of(threshold)
    return seconds * 1000 if isinstance(threshold, str) and isinstance(seconds, int) else seconds


Threshold = Annotated[float, BeforeValidator(_milliseconds_of)]
_MINUTES_OF_A_DAY = 1_440


def _time_of(value: object) -> object:
    """YAML reads an unquoted 22:00 as the number 1320, to base 60; pydantic would take that for seconds."""
    if type(value) is not int:
        return value
    minutes, seconds = (value, 0) if value < _MINUTES_OF_A_DAY else divmod(value, 60)
    if not 0 <= minutes < _MINUTES_OF_A_DAY:
        raise ValueError(f"{value} is no time of day; write one such as 22:00")
    return time(minutes // 60, minutes % 60, seconds)


TimeOfDay = Annotated[time, BeforeValidator(_time_of)]


class AlertScope(Section):
    """Whom a rule watches: one `service`, one `team`, the `org`, or `each: service` or `each: team` for itself.

    `each: service` with a `team` watches the services of that team. Exactly one of the forms.
    """

    service: str | None = None
    team: str | None = None
    org: bool = False
    each: Literal["service", "team"] | None = None

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        forms = {
            (True, False, False, None),
            (False, True, False, None),
            (False, False, True, None),
            (False, False, False, "service"),
            (False, False, False, "team"),
            (False, True, False, "service"),
        }
        if (self.service is not None, self.team is not None, self.org, self.each) not in forms:
            raise ValueError("names no single scope; write `service:`, `team:`, `org: true`, or `each: service`")
        return self


class MuteWindow(Section):
    """A recurring time in which nobody is told: from `start` to `end` on `days`; an end before its start is of the
    next day. The state goes on changing meanwhile; what is still so at the window's end is told then.
    """

    days: tuple[Weekday, ...] = WEEK
    start: TimeOfDay = time(0, 0)
    end: TimeOfDay = time(0, 0)
    time_zone: TimeZone = "UTC"


class AlertRule(Section):
    """One rule: `value` of `metric` over `window`, compared with `threshold`, for at least `for`.

    `part` is '' for the whole, the name of a pipeline, gate or stage, or `*` for each of them. Durations are compared
    in milliseconds (`threshold: 10m` is 600,000), rates as shares. It is resolved when the value is no longer beyond
    `clear_at` (the threshold where it is not given). A point of fewer than `min_sample` subjects says nothing.
    `absent_for` fires as well when nothing was measured in the window for so long. `route` names one of
    `notify.routes`; without it the state is kept and shown, and nobody is sent a message.
    """

    name: str = Field(min_length=1, max_length=100, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    metric: str = Field(min_length=1)
    value: PointValue = "value"
    part: str = ""
    scope: AlertScope = AlertScope(each="service")
    window: WindowName = "24h"
    operator: Operator = ">"
    threshold: Threshold
    clear_at: Threshold | None = None
    for_: Annotated[int, BeforeValidator(seconds_of), Field(ge=0, alias="for")] = 0
    absent_for: Duration | None = None
    min_sample: int = Field(default=1, ge=1)
    severity: Severity = "warning"
    route: str | None = None
    mute: tuple[MuteWindow, ...] = ()
    summary: str = ""

    @field_validator("part")
    @classmethod
    def _is_no_pattern(cls, value: str) -> str:
        if "*" in value and value != "*":
            raise ValueError(f"{value!r} is no part; write the name of one, `*` for each of them, or '' for the whole")
        return value

    @model_validator(mode="after")
    def _clears_on_the_good_side(self) -> Self:
        if self.clear_at is None or self.clear_at == self.threshold:
            return self
        if (self.clear_at < self.threshold) != (self.operator in (">", ">=")):
            raise ValueError(
                f"clear_at lies beyond the threshold; with `{self.operator}` it must be on the threshold's good side"
            )
        return self


class Route(Section):
    """Where messages go: `urls` of apprise (each a secret reference, since most carry a token), and Alertmanagers."""

    urls: tuple[SecretReference, ...] = ()
    alertmanagers: tuple[SecretReference, ...] = ()

    @field_validator("urls")
    @classmethod
    def _are_allowed(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not is_reference(url):
                scheme_of(url)
        return urls

    @field_validator("alertmanagers")
    @classmethod
    def _are_http(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not is_reference(url):
                check_http(url)
        return urls


class Notify(Section):
    """How the notifier sends. `allow_private` are hosts or networks on private addresses that may be reached.

    `board` is the address under which people open the board; messages link to it.
    """

    routes: dict[str, Route] = Field(default_factory=dict)
    allow_private: tuple[str, ...] = ()
    board: str = "http://127.0.0.1:8481"

    @field_validator("allow_private")
    @classmethod
    def _are_hosts_or_networks(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            network_of(entry)
        return entries

    @field_validator("board")
    @classmethod
    def _is_http(cls, board: str) -> str:
        check_http(board)
        return board


def rule_faults(
    rules: Sequence[AlertRule], routes: Collection[str], services: Collection[str], teams: Collection[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Second rules of one name and what a rule names but nobody defines: the place in the file, and what to do."""
    names: set[str] = set()
    for number, rule in enumerate(rules):
        place: tuple[str | int, ...] = ("alerts", number)
        if rule.name in names:
            yield (*place, "name"), f"two rules are called {rule.name!r}; rename one"
        names.add(rule.name)
        if rule.route is not None and rule.route not in routes:
            yield (*place, "route"), f"there is no route {rule.route!r}; {_choose(routes, 'notify: routes:')}"
        if rule.scope.service is not None and rule.scope.service not in services:
            said = f"there is no service {rule.scope.service!r}"
            yield (*place, "scope", "service"), f"{said}; {_choose(services, 'services:')}"
        if rule.scope.team is not None and rule.scope.team not in teams:
            said = f"there is no team {rule.scope.team!r}"
            yield (*place, "scope", "team"), f"{said}; {_choose(teams, 'services:')}"


def _choose(known: Collection[str], section: str) -> str:
    return f"use one of {', '.join(sorted(known))}, or add it to `{section}`" if known else f"add it to `{section}`"
