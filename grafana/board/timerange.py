"""Grafana's way to write times: `now-7d`, `now-1d/d`, ISO 8601, milliseconds since 1970."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

_TERM = re.compile(r"([+-])(\d{1,6})([smhdwMy])|/([smhdwMy])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# Upper bounds of an interval and what it is rounded to, in ms: Grafana's own table (rangeutil.roundInterval).
_ROUNDED: tuple[tuple[int, int], ...] = (
    (10, 1),
    (15, 10),
    (35, 20),
    (75, 50),
    (150, 100),
    (350, 200),
    (750, 500),
    (1_500, 1_000),
    (3_500, 2_000),
    (7_500, 5_000),
    (12_500, 10_000),
    (17_500, 15_000),
    (25_000, 20_000),
    (45_000, 30_000),
    (90_000, 60_000),
    (210_000, 120_000),
    (450_000, 300_000),
    (750_000, 600_000),
    (1_050_000, 900_000),
    (1_500_000, 1_200_000),
    (2_700_000, 1_800_000),
    (5_400_000, 3_600_000),
    (9_000_000, 7_200_000),
    (16_200_000, 10_800_000),
    (32_400_000, 21_600_000),
    (86_400_000, 43_200_000),
    (604_800_000, 86_400_000),
    (1_814_400_000, 604_800_000),
    (3_628_800_000, 2_592_000_000),
)
_YEAR_MS = 31_536_000_000


class TimeRangeError(ValueError):
    """A time or an interval that cannot be read, or a range that ends before it starts."""


@dataclass(frozen=True)
class TimeRange:
    """From `start` to `end`, both UTC and both included."""

    start: datetime
    end: datetime

    @property
    def milliseconds(self) -> int:
        """The length of the range."""
        return (self.end - self.start) // timedelta(milliseconds=1)


def parse_range(start: str, end: str, now: datetime) -> TimeRange:
    """The range that an address names. Raises TimeRangeError."""
    range_ = TimeRange(parse_time(start, now, "start"), parse_time(end, now, "end"))
    if range_.start >= range_.end:
        raise TimeRangeError(f"the range from {start!r} to {end!r} ends before it starts; swap the two")
    return range_


def parse_time(text: str, now: datetime, edge: Literal["start", "end"]) -> datetime:
    """The moment, UTC. With `/d` and the like it is the first or last of its unit, by `edge`. Raises TimeRangeError."""
    try:
        if text.startswith("now"):
            return _relative(text, now.astimezone(UTC), edge)
        if re.fullmatch(r"\d{9,15}", text):
            return datetime.fromtimestamp(int(text) / 1_000, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        # datetime's own refusals do not say what may be written instead.
        raise TimeRangeError(
            f"{text!r} is not a time; write now-7d, 2026-11-23T10:00:00Z or milliseconds since 1970"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def parse_interval(text: str) -> int:
    """Milliseconds of an interval such as 5m or 1d. Raises TimeRangeError."""
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d|w)", text)
    if match is None:
        raise TimeRangeError(f"{text!r} is not an interval; write a number and a unit, such as 5m or 1d")
    return int(match[1]) * (1 if match[2] == "ms" else _SECONDS[match[2]] * 1_000)


def interval_of(range_: TimeRange, points: int, least_ms: int) -> int:
    """Grafana's interval in ms: the range over the points that fit, rounded to a readable step, at least `least_ms`."""
    interval = range_.milliseconds / max(points, 1)
    rounded = next((step for bound, step in _ROUNDED if interval < bound), _YEAR_MS)
    return max(rounded, least_ms, 1)


def _relative(text: str, now: datetime, edge: Literal["start", "end"]) -> datetime:
    moment, rest = now, text.removeprefix("now")
    while rest:
        term = _TERM.match(rest)
        if term is None:
            raise ValueError(text)
        moment = _edge(moment, term[4], edge) if term[4] else _moved(moment, int(term[1] + term[2]), term[3])
        rest = rest[term.end() :]
    return moment


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    if unit in _SECONDS:
        return moment + timedelta(seconds=count * _SECONDS[unit])
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "y" else 1)
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    last_day = (_moved_to_next_month(first) - timedelta(days=1)).day
    return first.replace(day=min(moment.day, last_day))


def _moved_to_next_month(first: datetime) -> datetime:
    return (first + timedelta(days=31)).replace(day=1)


def _edge(moment: datetime, unit: str, edge: Literal["start", "end"]) -> datetime:
    start = moment.replace(microsecond=0)
    if unit != "s":
        start = start.replace(second=0)
    if unit not in "sm":
        start = start.replace(minute=0)
    if unit not in "smh":
        start = start.replace(hour=0)
    if unit == "w":
        start -= timedelta(days=start.weekday())
    if unit in "My":
        start = start.replace(day=1)
    if unit == "y":
        start = start.replace(month=1)
    return start if edge == "start" else _moved(start, 1, unit) - timedelta(milliseconds=1)
