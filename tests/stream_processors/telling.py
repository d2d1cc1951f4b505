"""What correlate makes of events in memory: the last word on each observation."""

from collections.abc import Iterable

from schemas.events import Event, Tier
from schemas.observations import Observation
from stream_processors.correlate import correlate
from stream_processors.correlate.ledger import Ledger
from tests.stream_processors.memory_state import MemoryState
from tests.stream_processors.stories import SERVICE, at

HOUR = 3_600_000


class Catalog:
    def touches(self, service: str, repository: str, paths: tuple[str, ...]) -> bool:
        return any(path.startswith(f"services/{service}/") for path in paths)

    def is_production(self, service: str, environment: str, tier: Tier | None) -> bool:
        return tier == "production"


def feed(event: Event, state: MemoryState) -> list[Observation]:
    ledger = Ledger(state, SERVICE, round(at(100).timestamp() * 1000))
    observations = correlate(event, ledger, Catalog())
    ledger.flush()
    return observations


def told_by(events: Iterable[Event], state: MemoryState | None = None) -> dict[str, Observation]:
    """The last word on each observation."""
    state = MemoryState() if state is None else state
    return {one.id: one for event in events for one in feed(event, state)}


def values_of(told: dict[str, Observation]) -> dict[tuple[str, str, str], tuple[int, int] | None]:
    """(metric, part, subject) → (value, weight), without those retracted."""
    return {
        (one.metric, one.part, one.subject): (one.value, one.weight) for one in told.values() if one.value is not None
    }


def cycle_hours(told: dict[str, Observation]) -> dict[str, float | None]:
    return {
        part: value[0] / HOUR if value[1] else None
        for (metric, part, _), value in values_of(told).items()
        if metric == "cycle_time" and value is not None
    }
