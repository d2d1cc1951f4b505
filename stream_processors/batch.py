"""What the store holds between two flushes: rows by table, in the form of columns, and how far Kafka was read."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from opentelemetry.trace import Link, SpanContext, TraceFlags

from stream_processors.rows import COLUMNS, Arrived, Row, Rows

FLUSH_SECONDS = 0.3
FLUSH_ROWS = 10_000
FLUSH_BYTES = 32 * 1024 * 1024
LINKS = 128
"""OpenTelemetry keeps that many links of a span."""

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Batch:
    """Records since the last flush. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self._traces: list[bytes] = []
        self._bytes = 0
        self._since: float | None = None
        self.offsets: dict[tuple[str, int], int] = {}
        """By topic and partition, the offset after the last record taken."""
        self.newest_ms = 0
        """LogAppendTime of the newest record taken."""

    def add(self, record: Arrived, rows: Rows, now: float) -> None:
        """Takes the rows of `record`."""
        self.pass_over(record, now)
        if rows.rows:
            self._rows.setdefault(rows.table, []).extend(rows.rows)
        self._bytes += len(record.value or b"")
        if len(self._traces) < LINKS:
            self._traces += [value for name, value in record.headers if name == "traceparent"]

    def pass_over(self, record: Arrived, now: float) -> None:
        """Takes a record that has no rows: its offset is read all the same."""
        self._since = now if self._since is None else self._since
        self.offsets[record.topic, record.partition] = record.offset + 1
        self.newest_ms = max(self.newest_ms, record.timestamp)

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
        """Links to the spans that the rows came from, 128 at most."""
        found = (_TRACEPARENT.fullmatch(value) for value in self._traces[:LINKS])
        return [
            Link(
                SpanContext(
                    int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=TraceFlags(int(match[3], 16))
                )
            )
            for match in found
            if match
        ]

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
