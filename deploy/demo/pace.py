"""How time passes in a story: at the office, or compressed so that a whole change fits into a minute."""

from datetime import UTC, datetime, time, timedelta
from typing import Protocol

_OPENS = time(8, 0)
_CLOSES = time(17, 30)
_SATURDAY = 5


def _seconds(minutes: float) -> timedelta:
    return timedelta(seconds=max(1, round(minutes * 60)))


class Pace(Protocol):
    """Turns amounts of work into moments, always at least a second later and on a whole second."""

    def human(self, at: datetime, minutes: float) -> datetime:
        """When somebody who starts at `at` has spent `minutes` on it."""
        ...

    def machine(self, at: datetime, minutes: float) -> datetime:
        """When a machine that starts at `at` is done after `minutes`."""
        ...

    def train(self, ready: datetime, hours: tuple[int, ...]) -> datetime:
        """When the next release train of the day's `hours` leaves after `ready`."""
        ...


def is_working_day(at: datetime) -> bool:
    """Monday to Friday."""
    return at.weekday() < _SATURDAY


class OfficePace:
    """People work from 08:00 to 17:30 UTC, Monday to Friday; machines always."""

    def human(self, at: datetime, minutes: float) -> datetime:
        left = _seconds(minutes)
        at = self._next_open(at)
        while True:
            closes = datetime.combine(at.date(), _CLOSES, UTC)
            if at + left <= closes:
                return at + left
            left -= closes - at
            at = self._next_open(closes)

    def machine(self, at: datetime, minutes: float) -> datetime:
        return at + _seconds(minutes)

    def train(self, ready: datetime, hours: tuple[int, ...]) -> datetime:
        day = ready.date()
        while True:
            for hour in hours:
                leaves = datetime.combine(day, time(hour), UTC)
                if leaves > ready and is_working_day(leaves):
                    return leaves
            day += timedelta(days=1)

    @staticmethod
    def _next_open(at: datetime) -> datetime:
        while not is_working_day(at) or at.time() >= _CLOSES:
            at = datetime.combine(at.date() + timedelta(days=1), _OPENS, UTC)
        return max(at, datetime.combine(at.date(), _OPENS, UTC))


class LivePace:
    """A machine's minute is a second; what takes people hours takes 2 to 10 seconds, at any time of the day."""

    def human(self, at: datetime, minutes: float) -> datetime:
        return at + timedelta(seconds=round(min(max(minutes / 20, 2), 10)))

    def machine(self, at: datetime, minutes: float) -> datetime:
        return at + timedelta(seconds=round(min(max(minutes, 1), 15)))

    def train(self, ready: datetime, hours: tuple[int, ...]) -> datetime:
        return ready + timedelta(seconds=3)


OFFICE = OfficePace()
LIVE = LivePace()
