"""What the store holds between two flushes: rows by table, in the form of columns, and how far Kafka was read."""

import hashlib
from collections.abc import Iterator
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


class Batch:
    """Records since the last flush. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self._traces: dict[bytes, SpanContext] = {}
        self._bytes = 0
        self._since: float | None = None
        self.records = 0
        self.offsets: dict[tuple[str, int], int] = {}
        """By topic and partition, the offset after the last record taken."""
        self.newest_ms = 0
        """When the newest delivery of those taken was received, in epoch ms; 0 where there is none."""

    def add(self, record: Arrived, rows: Rows, now: float) -> None:
        """Takes the rows of `record`."""
        self.pass_over(record, now)
        if rows.rows:
            self._rows.setdefault(rows.table, []).extend(rows.rows)
            if (received_at := _RECEIVED_AT.get(rows.table)) is not None:
                self.newest_ms = max(self.newest_ms, *(row[received_at] for row in rows.rows))
        self._bytes += len(record.value or b"")
        for name, value in record.headers:
            if name == TRACEPARENT and value not in self._traces and len(self._traces) < LINKS:
                known = recorded_context(value)
                if known is not None:
                    self._traces[value] = known

    def pass_over(self, record: Arrived, now: float) -> None:
        """Takes a record that has no rows: its offset is read all the same."""
        self._since = now if self._since is None else self._since
        self.records += 1
        self.offsets[record.topic, record.partition] = record.offset + 1

    def seconds_left(self, now: float) -> float:
        """How long this batch may still wait for more; 0 when it is due."""
        if self._since is None:
            return FLUSH_SECONDS
        if self._bytes >= FLUSH_BYTES or any(len(rows) >= FLUSH_ROWS for rows in self._rows.values()):
            return 0.0
        return max(0.0, self._since + FLUSH_SECONDS - now)

    def tables(self) -> Iterator[tuple[str, list[tuple[Any, ...]], str]]:
        """For each table: its name, its columns in the order of COLUMNS, and a text that differs for other rows."""
        for table, rows in self._rows.items():
            columns = list(zip(*rows, strict=True))
            yield table, columns, _fingerprint(table, columns)

    def links(self) -> list[Link]:
        """Links to the recorded spans that the rows came from, LINKS at most."""
        return [Link(known) for known in self._traces.values()]

    def __bool__(self) -> bool:
        return bool(self.offsets)


def _fingerprint(table: str, columns: list[tuple[Any, ...]]) -> str:
    """The same rows of the same places in Kafka have the same fingerprint."""
    names = COLUMNS[table]
    places = zip(columns[names.index("kafka_partition")], columns[names.index("version")], strict=True)
    spans: dict[int, tuple[int, int]] = {}
    for partition, version in places:
        first, last = spans.get(partition, (version, version))
        spans[partition] = (min(first, version), max(last, version))
    return hashlib.sha256(repr((table, sorted(spans.items()))).encode()).hexdigest()
