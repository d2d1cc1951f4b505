"""Mute windows: recurring times, in somebody's time zone, in which nobody is told. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.alert_rules import WEEK, MuteWindow

_DAY = timedelta(days=1)


def muted_until(windows: Iterable[MuteWindow], at: datetime) -> datetime | None:
    """The end of the mute window that `at` lies in, the latest if several hold it; None where nobody mutes."""
    ends = [end for window in windows for start, end in _around(window, at) if start <= at < end]
    return max(ends, default=None)


def _around(window: MuteWindow, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The window of the local day of `at` and that of the day before, which may reach into it; UTC."""
    today = at.astimezone(ZoneInfo(window.time_zone)).date()
    for day in (today - _DAY, today):
        if WEEK[day.weekday()] in window.days:
            yield _of_day(window, day)


def _of_day(window: MuteWindow, day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(window.time_zone)
    last = day if window.end > window.start else day + _DAY
    start = datetime.combine(day, window.start, zone)
    end = datetime.combine(last, window.end, zone)
    return start.astimezone(UTC), end.astimezone(UTC)
