"""Roll: observations into the windows of their service, and ticks into what is published of them. Pure.

Dirty is what changed since it was last published; after an assignment, everything. Nothing of it is durable: a crash
makes everything dirty again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from schemas.metrics import SLOT_MS, WINDOWS, Aggregate, MetricPoint, Rollup, Scope, WindowName
from schemas.observations import Observation
from stream_processors import slots
from stream_processors.metrics import METRICS
from stream_processors.points import points, window_end
from stream_processors.slots import SeriesKey
from stream_processors.state import State, key_of
from stream_processors.windows import Windows

EMIT_AT_MOST = 250
"""Series published a tick and partition: a bound on how long a tick takes after an assignment."""

SWEEP_AT_MOST = 50
"""Keys looked at a tick for what left every window."""

NOTHING: Mapping[WindowName, Aggregate] = {window: Aggregate() for window in WINDOWS}


class Teams(Protocol):
    """What the catalog knows of teams."""

    def team_of(self, service: str, at: datetime) -> str: ...


@dataclass(slots=True)
class Emission:
    """What a tick publishes; once that was acknowledged, `marks` are to be written and what `left` may be forgotten."""

    points: list[list[MetricPoint]] = field(default_factory=list)
    rollups: list[Rollup] = field(default_factory=list)
    marks: list[tuple[bytes, bytes]] = field(default_factory=list)
    left: list[bytes] = field(default_factory=list)


class Roll:
    """The windows of one partition, from its assignment to its revocation."""

    def __init__(self, state: State, teams: Teams) -> None:
        self._state = state
        self._teams = teams
        self._windows: Windows | None = None  # summed at the first tick, which brings the time
        self._last_tick = -1
        self._cursor = b""
        self._noted: set[str] = set()

    @property
    def dirty(self) -> int:
        """How many series wait to be published; before the first tick nobody knows, and that counts as one."""
        return len(self._windows.dirty) if self._windows else 1

    def take(self, observation: Observation, offset: int, arrived_ms: int) -> None:
        """Count one observation. Raises KeyError for a metric that nobody defines."""
        kind = METRICS[observation.metric].kind
        deltas = slots.apply(observation, kind, offset, arrived_ms, self._state)
        if self._windows is not None and deltas:
            self._windows.note(slots.key_of_series(observation), deltas)

    def tick(self, now_ms: int) -> Emission:
        """Move the windows to `now_ms` (epoch, whole seconds); what to publish. A tick of the past moves nothing."""
        emission = Emission()
        self._last_tick = now_ms = max(now_ms, self._last_tick)
        end = now_ms // SLOT_MS + 1
        moved = self._windows is None or end > self._windows.end
        if self._windows is None:
            self._windows = Windows(self._state, end)
        elif moved:
            self._windows.move(end)
        windows = self._windows
        if moved:
            self._change_teams(windows, emission)
        self._sweep(windows)
        for key in list(islice(windows.dirty, EMIT_AT_MOST)):
            del windows.dirty[key]
            self._publish(key, windows, emission)
        return emission

    def _publish(self, key: SeriesKey, windows: Windows, emission: Emission) -> None:
        metric = METRICS.get(key.metric)
        if metric is None:  # its definition was removed; its slots leave with the sweep
            return
        end, aggregates = window_end(windows.end), windows.aggregates(key)
        service = Scope(kind="service", name=key.service)
        emission.points.append(points(metric, service, key.part, end, aggregates))
        team = self._teams.team_of(key.service, end)
        self._note_team(key.service, team)
        emission.rollups.append(_rollup(team, key, end, aggregates))

    def _note_team(self, service: str, team: str) -> None:
        """Remember, before the first word about a service, the team that will hear it: it may have to take it back."""
        if service not in self._noted:
            self._noted.add(service)
            mark = key_of("team", service)
            if self._state.get(mark) is None:
                self._state.put(mark, team.encode())

    def _change_teams(self, windows: Windows, emission: Emission) -> None:
        """Take a service out of the team it has left, and count it wholly for its team of now."""
        end = window_end(windows.end)
        for service in {key.service for key in windows.series}:
            mark, team = key_of("team", service), self._teams.team_of(service, end)
            stored = self._state.get(mark)
            if stored == team.encode():
                continue
            emission.marks.append((mark, team.encode()))
            for key in windows.series:
                if key.service == service:
                    windows.dirty[key] = None
                    if stored is not None:
                        emission.rollups.append(_rollup(stored.decode(), key, end, NOTHING))

    def _sweep(self, windows: Windows) -> None:
        """Delete what is out of every window, a few keys at a time.

        Of a series that will be empty the last hours wait until it has said so: after a crash they say that it exists.
        """
        looked_at = list(self._state.scan(self._cursor, SWEEP_AT_MOST))
        for key, value in looked_at:
            if slots.is_past(key, value, windows.end) and not _is_last_of_series(key, windows):
                self._state.delete(key)
        self._cursor = looked_at[-1][0] + b"\x00" if len(looked_at) == SWEEP_AT_MOST else b""


def _is_last_of_series(stored_key: bytes, windows: Windows) -> bool:
    """Whether this is an hour of a series that holds nothing else and has not said so."""
    if not stored_key.startswith(slots.HOURS):
        return False
    series, _ = slots.series_and_hour(stored_key)
    return series in windows.dirty and not windows.series[series].occupied


def _rollup(team: str, key: SeriesKey, end: datetime, aggregates: Mapping[WindowName, Aggregate]) -> Rollup:
    return Rollup.model_construct(
        scope=Scope(kind="team", name=team),
        member=key.service,
        metric=key.metric,
        part=key.part,
        window_end=end,
        windows=dict(aggregates),
    )
