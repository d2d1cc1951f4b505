"""The running windows of every series of a partition: a cache over the slots, moved by ticks.

A slot is added as it fills and subtracted as it leaves, so that the cost of an observation grows neither with the
window nor with the history. When a partition is assigned, the windows are summed again from their hours.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from schemas.metrics import WINDOWS, Aggregate, WindowName
from stream_processors import slots
from stream_processors.slots import LONGEST, SLOTS_AN_HOUR, Delta, SeriesKey
from stream_processors.state import State
from stream_processors.sums import Sums


@dataclass(slots=True)
class Series:
    """The windows of one series.

    `occupied` are its slots that hold something, in ascending order; `due` is the next end that changes a window.
    """

    occupied: list[int] = field(default_factory=list)
    due: int | None = None
    windows: dict[WindowName, Sums] = field(default_factory=lambda: {window: Sums() for window in WINDOWS})

    def between(self, start: int, end: int) -> list[int]:
        """The occupied slots in [start, end)."""
        return self.occupied[bisect_left(self.occupied, start) : bisect_left(self.occupied, end)]

    def next_change(self, end: int) -> int | None:
        """The next end at which a slot leaves or enters a window; None while nothing will."""
        changes = []
        for start, step in [(end - length, length + 1) for length in WINDOWS.values()] + [(end, 1)]:
            place = bisect_left(self.occupied, start)
            if place < len(self.occupied):
                changes.append(self.occupied[place] + step)
        return min(changes, default=None)


class Windows:
    """The windows of all series of one partition, ending at slot `end` (exclusive: the running slot is inside)."""

    def __init__(self, state: State, end: int) -> None:
        self.end = end
        self.series: dict[SeriesKey, Series] = {}
        self.dirty: dict[SeriesKey, None] = {}
        self._state = state
        self._due: list[tuple[int, SeriesKey]] = []
        for key, held in slots.all_hours(state):
            series = self.series.setdefault(key, Series())  # also where nothing is left: its last point says otherwise
            for slot, sums in held.items():
                series.occupied.append(slot)
                self._count(series, slot, sums, 1)
        for key, series in self.series.items():
            series.occupied.sort()
            self.dirty[key] = None
            self._schedule(key, series)

    def note(self, key: SeriesKey, deltas: list[Delta]) -> None:
        """Take in what an observation changed in the slots."""
        series = self.series.setdefault(key, Series())
        for delta in deltas:
            if self._count(series, delta.slot, delta.sums, delta.sign):
                self.dirty[key] = None
            self._note_occupied(key, series, delta.slot)
        self._schedule(key, series)

    def move(self, end: int) -> None:
        """Let the windows end at `end`: what leaves is subtracted, what had been in the future is added."""
        while self._due and self._due[0][0] <= end:
            due, key = heappop(self._due)
            series = self.series[key]
            if due != series.due:
                continue
            for slot, window, sign in self._moves(series, end):
                held = slots.slots_of_hour(key, slot // SLOTS_AN_HOUR, self._state).get(slot)
                if held is not None:
                    series.windows[window].add(held, sign)
                    self.dirty[key] = None
            del series.occupied[: bisect_left(series.occupied, end - LONGEST)]
            series.due = None
            self._schedule(key, series, end)
        self.end = end

    def aggregates(self, key: SeriesKey) -> dict[WindowName, Aggregate]:
        """The windows of a series as they are now."""
        return {window: sums.frozen() for window, sums in self.series[key].windows.items()}

    def _moves(self, series: Series, end: int) -> Iterator[tuple[int, WindowName, int]]:
        for window, length in WINDOWS.items():
            for slot in series.between(self.end - length, min(end - length, self.end)):
                yield slot, window, -1
            for slot in series.between(max(self.end, end - length), end):
                yield slot, window, 1

    def _count(self, series: Series, slot: int, sums: Sums, sign: int) -> bool:
        counted = False
        for window, length in WINDOWS.items():
            if self.end - length <= slot < self.end:
                series.windows[window].add(sums, sign)
                counted = True
        return counted

    def _note_occupied(self, key: SeriesKey, series: Series, slot: int) -> None:
        place = bisect_left(series.occupied, slot)
        known = place < len(series.occupied) and series.occupied[place] == slot
        holds = slot in slots.slots_of_hour(key, slot // SLOTS_AN_HOUR, self._state)
        if holds and not known:
            insort(series.occupied, slot)
        elif known and not holds:
            del series.occupied[place]

    def _schedule(self, key: SeriesKey, series: Series, end: int | None = None) -> None:
        due = series.next_change(self.end if end is None else end)
        if due is not None and due != series.due:
            series.due = due
            heappush(self._due, (due, key))
