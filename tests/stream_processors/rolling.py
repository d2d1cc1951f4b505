"""Observations of a service, what roll makes of them, and the same by sorting."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import ceil

from hypothesis import strategies as st

from schemas.metrics import SLOT_MS, WINDOWS, MetricPoint, Rollup
from schemas.observations import Observation, observation_id
from stream_processors.histogram import BOUNDS, bucket_of
from stream_processors.roll import Emission, Roll
from tests.stream_processors.memory_state import MemoryState

NOW = datetime(2026, 3, 20, 12, 2, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
MINUTE = timedelta(minutes=1)
MINUTE_MS = 60_000


class Teams:
    """`ledger` moves from `old` to `new` at 13:00."""

    def team_of(self, service: str, at: datetime) -> str:
        return "new" if service == "ledger" and at >= NOW.replace(hour=13, minute=0) else "old"


def observed(
    subject: str,
    ago: timedelta,
    value: int | None = 60_000,
    service: str = "ledger",
    metric: str = "pipeline_duration",
    weight: int = 1,
    linked: bool = True,
) -> Observation:
    return Observation(
        id=observation_id(metric, "ci", service, subject),
        metric=metric,
        part="ci",
        service=service,
        subject=subject,
        at=NOW - ago,
        value=value,
        weight=weight,
        linked=linked,
    )


def points_of(emission: Emission) -> dict[tuple[str, str], MetricPoint]:
    return {(point.scope.name, point.window): point for points in emission.points for point in points}


def rolled(observations: Iterable[Observation], now_ms: int = NOW_MS) -> dict[tuple[str, str], MetricPoint]:
    return points_of(emitted(observations, now_ms))


def rollups_of(observations: Iterable[Observation]) -> list[Rollup]:
    """What a service says of itself after them."""
    return emitted(observations, NOW_MS).rollups


def emitted(observations: Iterable[Observation], now_ms: int) -> Emission:
    roll = Roll(MemoryState(), Teams())
    for offset, one in enumerate(observations):
        roll.take(one, offset, NOW_MS)
    return roll.tick(now_ms)


def recomputed(observations: Iterable[Observation], end_ms: int) -> dict[str, tuple[int | None, int | None, int]]:
    """window → (p50, p95, sample size) from the last word on each subject, by sorting."""
    last = {one.id: one for one in observations}
    windows: dict[str, tuple[int | None, int | None, int]] = {}
    for window, length in WINDOWS.items():
        values = sorted(
            BOUNDS[bucket_of(one.value)]
            for one in last.values()
            if one.value is not None
            and one.weight
            and end_ms - length * SLOT_MS <= round(one.at.timestamp() * 1000) < end_ms
        )
        ranks = [values[ceil(q * len(values)) - 1] if values else None for q in (0.5, 0.95)]
        windows[window] = (ranks[0], ranks[1], len(values))
    return windows


def end_ms(now_ms: int) -> int:
    return (now_ms // SLOT_MS + 1) * SLOT_MS


DRAWN = st.lists(
    st.tuples(
        st.integers(0, 8),
        st.one_of(st.none(), st.integers(0, 2_000_000)),
        st.integers(-90, 60 * 24 * 95),
        st.booleans(),
    ),
    max_size=25,
)


def observations_of(drawn: list[tuple[int, int | None, int, bool]]) -> list[Observation]:
    return [
        observed(str(subject), minutes * MINUTE, value, weight=int(weighed))
        for subject, value, minutes, weighed in drawn
    ]
