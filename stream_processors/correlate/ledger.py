"""The records that one event touches: read once, changed in memory, written together."""

from typing import Protocol, TypeVar

import orjson

from schemas.events import Tier
from stream_processors.correlate.records import (
    ChangeRecord,
    CommitRecord,
    GateRecord,
    PartsRecord,
    ProductionRecord,
    RunRecord,
)
from stream_processors.state import State, key_of

_DAY_MS = 86_400_000
HORIZON_MS = 120 * _DAY_MS
"""A record is forgotten this long after its last arrival."""


class Rules(Protocol):
    """What the catalog knows of services (schemas.catalog)."""

    def touches(self, service: str, repository: str, paths: tuple[str, ...]) -> bool: ...

    def is_production(self, service: str, environment: str, tier: Tier | None) -> bool: ...


class _Record(Protocol):
    seen: int


R = TypeVar("R", bound=_Record)


class Ledger:
    """The records of one service as one event sees them. `flush` writes those that changed."""

    def __init__(self, state: State, service: str, arrived_ms: int) -> None:
        self.service = service
        self.arrived_ms = arrived_ms
        self._state = state
        self._loaded: dict[bytes, tuple[_Record, bytes | None]] = {}

    def commit(self, repository: str, sha: str) -> CommitRecord:
        return self._record(CommitRecord, "commit", repository, sha)

    def change(self, repository: str, change: str) -> ChangeRecord:
        return self._record(ChangeRecord, "change", repository, change)

    def run(self, repository: str, run: str) -> RunRecord:
        return self._record(RunRecord, "run", repository, run)

    def gate(self, repository: str, sha: str, gate: str) -> GateRecord:
        return self._record(GateRecord, "gate", repository, sha, gate)

    def production(self, repository: str) -> ProductionRecord:
        return self._record(ProductionRecord, "production", repository)

    def parts(self, metric: str) -> PartsRecord:
        return self._record(PartsRecord, "parts", metric)

    def knows(self, kind: str, *names: str) -> bool:
        """Whether a record was there before this event (ask before the ledger is flushed)."""
        return any(self._state.get(key) is not None for key in self._keys(kind, *names))

    def flush(self) -> None:
        """Write what changed, and the day of arrival of what was touched on a new day."""
        for key, (record, before) in self._loaded.items():
            if orjson.dumps(record) == before and self.arrived_ms - record.seen < _DAY_MS:
                continue
            record.seen = max(record.seen, self.arrived_ms)
            self._state.put(key, orjson.dumps(record))

    def _keys(self, kind: str, name: str, *more: str) -> tuple[bytes, ...]:
        """The key of a record, then the one under which it may lie from before.

        Providers take the case of a repository's name for the same, and tell it as each of them likes; once it was kept
        as told.
        """
        folded = name.casefold()
        key = key_of(kind, self.service, folded, *more)
        return (key,) if folded == name else (key, key_of(kind, self.service, name, *more))

    def _record(self, cls: type[R], kind: str, *names: str) -> R:
        key, *before = self._keys(kind, *names)
        if key not in self._loaded:
            value = self._state.get(key)
            known = self._state.get(before[0]) if value is None and before else value
            self._loaded[key] = (cls() if known is None else cls(**orjson.loads(known)), value)
        record, _ = self._loaded[key]
        assert isinstance(record, cls)
        return record


def seen_of(value: bytes) -> int:
    """When a record last had an arrival (broker's epoch ms)."""
    seen: int = orjson.loads(value)["seen"]
    return seen
