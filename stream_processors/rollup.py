"""Roll-up: the services' aggregates summed for their team, the teams' for the organisation. Pure.

What a member last said is durable; the sums are a cache (total − old + new), made again after an assignment. That a
member has nothing left is kept until its sums were published: after a crash it says that they have to be.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from schemas.codec import encode
from schemas.metrics import WINDOWS, Aggregate, Rollup, Scope, WindowName
from stream_processors.metrics import METRICS
from stream_processors.points import points
from stream_processors.roll import EMIT_AT_MOST, Emission
from stream_processors.state import SEPARATOR, State, key_of
from stream_processors.sums import Sums, sums_of_aggregate

ORG = Scope(kind="org", name="org")
_MEMBERS = b"member" + SEPARATOR.encode()


class TotalKey(NamedTuple):
    """What one sum is about."""

    kind: str
    name: str
    metric: str
    part: str


class Total:
    """The sum of what the members of a scope contribute, and the latest end that one of them spoke of."""

    def __init__(self) -> None:
        self.windows: dict[WindowName, Sums] = {window: Sums() for window in WINDOWS}
        self.end: datetime | None = None

    def add(self, rollup: Rollup, sign: int = 1) -> None:
        for window, aggregate in rollup.windows.items():
            self.windows[window].add(sums_of_aggregate(aggregate), sign)
        self.end = rollup.window_end if self.end is None else max(self.end, rollup.window_end)

    def frozen(self) -> dict[WindowName, Aggregate]:
        return {window: sums.frozen() for window, sums in self.windows.items()}


class Members:
    """The members of the teams and of the organisation in one partition."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._totals: dict[TotalKey, Total] = {}
        self._dirty: dict[TotalKey, None] = {}
        self._leaving: dict[TotalKey, set[bytes]] = {}
        for key, rollup in _stored(state):
            self._total(rollup).add(rollup)
            self._note(key, rollup)

    @property
    def dirty(self) -> int:
        """How many sums wait to be published."""
        return len(self._dirty)

    def take(self, rollup: Rollup) -> None:
        """Put what a member contributes in the place of what it contributed before."""
        key = key_of("member", *_key(rollup), rollup.member)
        stored = self._state.get(key)
        total = self._total(rollup)
        if stored is not None:
            total.add(Rollup.model_validate_json(stored), -1)
        total.add(rollup)
        if stored is not None or not _is_empty(rollup):
            self._state.put(key, encode(rollup))
            self._note(key, rollup)

    def tick(self) -> Emission:
        """What to publish now; the windows end where the members' do, whatever the time."""
        emission = Emission()
        for key in list(islice(self._dirty, EMIT_AT_MOST)):
            del self._dirty[key]
            emission.left += self._leaving.pop(key, ())
            total, metric = self._totals[key], METRICS.get(key.metric)
            if metric is None or total.end is None:
                continue
            scope, windows = Scope.model_validate({"kind": key.kind, "name": key.name}), total.frozen()
            emission.points.append(points(metric, scope, key.part, total.end, windows))
            if scope.kind == "team":
                emission.rollups.append(_of_team(key, total.end, windows))
        return emission

    def forget(self, left: Iterable[bytes]) -> None:
        """Forget members that had nothing left, once their sums are published, unless they have something again."""
        for key in left:
            stored = self._state.get(key)
            if stored is not None and _is_empty(Rollup.model_validate_json(stored)):
                self._state.delete(key)

    def _note(self, key: bytes, rollup: Rollup) -> None:
        """Remember that a stored member has nothing left."""
        if _is_empty(rollup):
            self._leaving.setdefault(_key(rollup), set()).add(key)

    def _total(self, rollup: Rollup) -> Total:
        """The sum that a roll-up belongs to, which becomes dirty."""
        key = _key(rollup)
        self._dirty[key] = None
        return self._totals.setdefault(key, Total())


def _key(rollup: Rollup) -> TotalKey:
    return TotalKey(rollup.scope.kind, rollup.scope.name, rollup.metric, rollup.part)


def _is_empty(rollup: Rollup) -> bool:
    return not any(aggregate.count for aggregate in rollup.windows.values())


def _of_team(key: TotalKey, end: datetime, windows: dict[WindowName, Aggregate]) -> Rollup:
    return Rollup.model_construct(
        scope=ORG, member=key.name, metric=key.metric, part=key.part, window_end=end, windows=windows
    )


def _stored(state: State) -> Iterator[tuple[bytes, Rollup]]:
    for key, value in state.scan(_MEMBERS):
        if not key.startswith(_MEMBERS):
            return
        yield key, Rollup.model_validate_json(value)
