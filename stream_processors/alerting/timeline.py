"""The file of `pipegauge alerts test`: points by the minute, and the alerts that are expected at given times. Pure.

As promtool's unit tests of rules: series with `values` in expanding notation, `eval_time`, `alertname`, `exp_alerts`.
docs/alerts.md describes it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from schemas.alert_rules import PointValue
from schemas.alerts import AlertState
from schemas.metrics import ScopeKind, WindowName
from schemas.section import Duration, Section, seconds_of

_SERIES = re.compile(r"(?P<metric>[a-z0-9_]+)\{(?P<labels>[^{}]*)\}")
_LABEL = re.compile(r'\s*([a-z]+)\s*=\s*"([^"]*)"\s*(?:,|$)')
_REPEATED = re.compile(r"(?P<first>[^x]+?)(?:(?P<sign>[+-])(?P<step>[0-9.]+(?:s|m|h|d|%)?))?x(?P<times>\d+)")
_NO_POINT = "_"
START = datetime(2026, 1, 5, tzinfo=UTC)
"""When a timeline begins that does not say: a Monday, at midnight."""

Value = float | Literal["empty"] | None
"""A number in the metric's unit, an empty window, or no point."""


class TimelineError(ValueError):
    """A file that is no timeline: one line for each thing to put right."""


def _offset_of(text: object) -> object:
    return 0 if text in (0, "0") else seconds_of(text)


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Offset = Annotated[int, BeforeValidator(_offset_of), Field(ge=0)]


def _text_of(value: object) -> object:
    """YAML reads a single value as a number."""
    return str(value) if type(value) in (int, float) else value


class InputSeries(Section):
    """One number of one metric, scope, part and window, by the interval."""

    series: str
    values: Annotated[str, BeforeValidator(_text_of)]


class ExpectedAlert(Section):
    """An alert as it should be; what is not given may be anything."""

    state: AlertState = "firing"
    service: str | None = None
    team: str | None = None
    org: bool = False
    part: str = ""
    muted: bool = False
    title: str | None = None
    body: str | None = None


class AlertRuleTest(Section):
    """All alerts of the rule that should be pending or firing at `eval_time`; one that ended may be named too."""

    eval_time: Offset
    alertname: str
    exp_alerts: tuple[ExpectedAlert, ...] = ()


class Timeline(Section):
    """One story: what is measured from `start` on, and what should be alerted of."""

    name: str
    start: Annotated[datetime, AfterValidator(_in_utc)] = START
    interval: Duration = 60
    input_series: tuple[InputSeries, ...]
    alert_rule_test: tuple[AlertRuleTest, ...] = Field(min_length=1)


class TimelineFile(Section):
    """The whole file. `config` is the file of the rules, relative to this one; `board` the address in the links."""

    config: str | None = None
    board: str = "http://127.0.0.1:8481"
    evaluation_interval: Duration = 10
    tests: tuple[Timeline, ...] = Field(min_length=1)


class Series(Section):
    """What the text of a series names."""

    metric: str
    kind: ScopeKind
    scope: str
    part: str = ""
    window: WindowName = "24h"
    value: PointValue = "value"


def parse_timelines(text: str) -> TimelineFile:
    """The timelines that `text` tells. Raises TimelineError."""
    try:
        return TimelineFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise TimelineError(f"not YAML: {' '.join(str(error).split())}; check indentation and quotes") from error
    except ValidationError as error:
        lines = (f"{_path(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors())
        raise TimelineError("\n".join(lines)) from error


def series_of(text: str) -> Series:
    """`pipeline_duration{service="checkout", window="24h", value="p95"}`. Raises TimelineError."""
    found = _SERIES.fullmatch(text.strip())
    labels = dict(_LABEL.findall(found["labels"])) if found else {}
    scopes = [kind for kind in ("service", "team", "org") if kind in labels]
    if found is None or len(scopes) != 1 or _LABEL.sub("", found["labels"]).strip():
        raise TimelineError(
            f"{text!r} is no series; write one such as "
            'pipeline_duration{service="checkout", window="24h", value="p95"}, with a service, a team or org="org"'
        )
    name = labels.pop(scopes[0])
    try:
        return Series.model_validate({"metric": found["metric"], "kind": scopes[0], "scope": name, **labels})
    except ValidationError as error:
        said = "; ".join(f"{_path(one['loc'])}: {one['msg']}" for one in error.errors())
        raise TimelineError(f"{text!r} is no series: {said}") from error


def values_of(text: str) -> list[Value]:
    """`8m 8m+1mx3 _x2 empty`: numbers, durations (in ms), shares in %; `axN` is a and N more. Raises TimelineError."""
    return [value for word in text.split() for value in _values(word)]


def _values(word: str) -> Iterator[Value]:
    repeated = _REPEATED.fullmatch(word)
    if repeated is None:
        yield _value(word)
        return
    times, first = int(repeated["times"]), _value(repeated["first"])
    if first is None:  # as promtool has it: `_x2` is two, `8x2` is three
        yield from [None] * times
        return
    step = 0.0
    if repeated["step"]:
        step = _number(repeated["step"]) * (-1 if repeated["sign"] == "-" else 1)
    for count in range(times + 1):
        yield first if isinstance(first, str) else first + step * count


def _value(word: str) -> Value:
    if word == _NO_POINT:
        return None
    return "empty" if word == "empty" else _number(word)


def _number(word: str) -> float:
    try:
        if word.endswith("%"):
            return float(word[:-1]) / 100
        if word[-1] in "smhd":
            return float(word[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[word[-1]] * 1_000
        return float(word)
    except ValueError as error:
        raise TimelineError(
            f"{word!r} is no value; write a number, a duration such as 10m, a share such as 80%, `empty` for a window "
            "that holds nothing, or `_` for no point"
        ) from error


def _path(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".") or "file"
