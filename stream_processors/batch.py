"""What the store holds between two flushes: rows by table, in the form of columns, and how far Kafka was read."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from opentelemetry.trace import Link, SpanContext

from stream_processors.rows import COLUMNS, Arrived, Row, Rows
from stream_processors.tracing import TRACEPARENT, recorded_context

FLUSH_SECONDS = 0.3
FLUSH_ROWS = 10_000
FLUSH_BYTES = 32 * 1024 * 1024
LINKS = 1_024
"""The spans that one flush is linked to, at most."""

_RECEIVED_AT = {table: COLUMNS[table].index("received_at") for table in ("deliveries", "events")}


Place = tuple[str, int]
"""A topic and the number of one of its partitions."""
Letter = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value and headers of a dead letter."""


@dataclass
class _Part:
    """What was taken from one partition."""

    end: int = 0
    records: int = 0
    bytes: int = 0
    newest_ms: int = 0
    rows: dict[str, list[Row]] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)


class Batch:
    """Records since the last flush. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._parts: dict[Place, _Part] = {}
        self._traces: dict[bytes, SpanContext] = {}
        self._since: float | None = None

    def add(self, record: Arrived, rows: Rows, now: float) -> None:
        """Takes the rows of `record`."""
        part = self._part(record, now)
        if rows.rows:
            part.rows.setdefault(rows.table, []).extend(rows.rows)
            if (received_at := _RECEIVED_AT.get(rows.table)) is not None:
                part.newest_ms = max(part.newest_ms, *(row[received_at] for row in rows.rows))
        part.bytes += len(record.value or b"")
        for name, value in record.headers:
            if name == TRACEPARENT and value not in self._traces and len(self._traces) < LINKS:
                known = recorded_context(value)
                if known is not None:
                    self._traces[value] = known

    def pass_over(self, record: Arrived, now: float, letter: Letter) -> None:
        """Takes a record that has no rows but a dead letter: its offset is read all the same."""
        self._part(record, now).letters.append(letter)

    def drop(self, gone: Collection[Place]) -> None:
        """Lets go what was taken from partitions that others read now."""
        self._parts = {place: part for place, part in self._parts.items() if place not in gone}
        if not self._parts:
            self._since = None

    def _part(self, record: Arrived, now: float) -> _Part:
        self._since = now if self._since is None else self._since
        part = self._parts.setdefault((record.topic, record.partition), _Part())
        part.records += 1
        part.end = record.offset + 1
        return part

    def seconds_left(self, now: float) -> float:
        """How long this batch may still wait for more; 0 when it is due."""
        if self._since is None:
            return FLUSH_SECONDS
        if sum(part.bytes for part in self._parts.values()) >= FLUSH_BYTES:
            return 0.0
        if any(sum(map(len, found)) >= FLUSH_ROWS for found in self._rows().values()):
            return 0.0
        return max(0.0, self._since + FLUSH_SECONDS - now)

    def tables(self) -> Iterator[tuple[str, list[tuple[Any, ...]], str]]:
        """For each table: its name, its columns in the order of COLUMNS, and a text that differs for other rows."""
        for table, found in self._rows().items():
            columns = list(zip(*chain.from_iterable(found), strict=True))
            yield table, columns, _fingerprint(table, columns)

    def _rows(self) -> dict[str, list[list[Row]]]:
        """By table, the rows of each partition."""
        rows: dict[str, list[list[Row]]] = {}
        for part in self._parts.values():
            for table, found in part.rows.items():
                rows.setdefault(table, []).append(found)
        return rows

    @property
    def offsets(self) -> dict[Place, int]:
        """By topic and partition, the offset after the last record taken."""
        return {place: part.end for place, part in self._parts.items()}

    @property
    def letters(self) -> list[Letter]:
        """The dead letters of records that have no rows."""
        return [letter for part in self._parts.values() for letter in part.letters]

    @property
    def records(self) -> int:
        """How many records were taken."""
        return sum(part.records for part in self._parts.values())

    @property
    def newest_ms(self) -> int:
        """When the newest delivery of those taken was received, in epoch ms; 0 where there is none."""
        return max((part.newest_ms for part in self._parts.values()), default=0)

    def links(self) -> list[Link]:
        """Links to the recorded spans that the rows came from, LINKS at most."""
        return [Link(known) for known in self._traces.values()]

    def __bool__(self) -> bool:
        return bool(self._parts)


def _fingerprint(table: str, columns: list[tuple[Any, ...]]) -> str:
    """The same rows of the same places in Kafka have the same fingerprint."""
    names = COLUMNS[table]
    places = zip(columns[names.index("kafka_partition")], columns[names.index("version")], strict=True)
    spans: dict[int, tuple[int, int]] = {}
    for partition, version in places:
        first, last = spans.get(partition, (version, version))
        spans[partition] = (min(first, version), max(last, version))
    return hashlib.sha256(repr((table, sorted(spans.items()))).encode()).hexdigest()
