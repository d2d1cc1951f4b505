"""Each metric's timeline: events by the minute, and every observation that they should become.

A timeline is canonical JSON kept short: `minute` stands for `occurred_at`, a number in a field that ends in `_at` is a
minute too, and what all events share (source, origin, arrival) is said once. An observation's `minutes` are its value
in ms, a rate has a `value`.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.events import EVENT, Event, Tier
from schemas.observations import Observation, observation_id
from stream_processors.correlate import correlate
from stream_processors.correlate.ledger import Ledger
from tests.stream_processors.memory_state import MemoryState

FOLDER = Path(__file__).parents[1] / "fixtures/timelines"
MINUTE_MS = 60_000


class _Catalog:
    def touches(self, service: str, repository: str, paths: tuple[str, ...]) -> bool:
        return True

    def is_production(self, service: str, environment: str, tier: Tier | None) -> bool:
        return tier == "production"


class Timeline:
    def __init__(self, file: Path) -> None:
        self.metric = file.stem
        self.values: dict[str, Any] = json.loads(file.read_text("utf-8"))

    def at(self, minute: float) -> datetime:
        return datetime.fromisoformat(self.values["start"]) + timedelta(minutes=minute)

    def events(self) -> list[Event]:
        return [self._event(**values) for values in self.values["events"]]

    def expected(self) -> dict[str, Observation]:
        told = [self._observation(**values) for values in self.values["observations"]]
        return {one.id: one for one in told}

    def observed(self, events: Iterable[Event]) -> dict[str, Observation]:
        """The last word on every subject, all events arriving in the order given."""
        service, state = self.values["service"], MemoryState()
        last: dict[str, Observation] = {}
        for event in events:
            ledger = Ledger(state, service, round(event.received_at.timestamp() * 1000))
            last.update((one.id, one) for one in correlate(event, ledger, _Catalog()) if one.metric == self.metric)
            ledger.flush()
        return {id_: one for id_, one in last.items() if one.value is not None}

    def _event(self, minute: float, **values: Any) -> Event:
        repository = self.values["repository"]
        shared = {"source": f"https://github.com/{repository}", "origin": {"repository": repository}}
        moments = {"occurred_at": self.at(minute), "received_at": self.at(minute)}
        return EVENT.validate_python({**shared, **moments, **self._timed(values)})

    def _timed(self, value: Any) -> Any:
        """The values with their minutes as moments."""
        if isinstance(value, list):
            return [self._timed(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self.at(inner) if name.endswith("_at") and inner is not None else self._timed(inner)
            for name, inner in value.items()
        }

    def _observation(self, minute: float, minutes: int = 0, **values: Any) -> Observation:
        service = self.values["service"]
        return Observation(
            id=observation_id(self.metric, values["part"], service, values["subject"]),
            metric=self.metric,
            service=service,
            at=self.at(minute),
            evidence_count=len(values["evidence"]),
            **{"value": minutes * MINUTE_MS, **values},
        )


@pytest.fixture(params=sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def timeline(request: pytest.FixtureRequest) -> Timeline:
    return Timeline(request.param)


def test_a_timeline_measures_what_it_says(timeline: Timeline) -> None:
    assert timeline.observed(timeline.events()) == timeline.expected()


def test_a_timeline_that_arrives_backwards_measures_the_same(timeline: Timeline) -> None:
    assert timeline.observed(reversed(timeline.events())) == timeline.expected()
