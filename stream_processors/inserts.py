"""What is told of the store's inserts: figures, and spans that are linked to those that the rows came from."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind
from opentelemetry.util.types import AnyValue

from schemas.instruments import histogram, tally
from stream_processors.tracing import current

_TRACER = trace.get_tracer("pipegauge.store")
_OF_A_FLUSH = {
    "messaging.system": "kafka",
    "messaging.operation.type": "process",
    "messaging.operation.name": "store",
    "messaging.consumer.group.name": "pipegauge-store",
}
_rows = tally("pipegauge.rows")
_size = histogram("pipegauge.batch.size")
_duration = histogram("db.client.operation.duration")


@contextmanager
def flushing(links: Sequence[Link], records: int) -> Iterator[None]:
    """A span over the flush of `records` records; none where nobody records the traces they came with."""
    if not links:
        yield
        return
    attributes: dict[str, AnyValue] = {**_OF_A_FLUSH, "messaging.batch.message_count": records}
    with current(_TRACER.start_span("store insert", kind=SpanKind.CONSUMER, links=links, attributes=attributes)):
        yield


@contextmanager
def inserting(table: str, rows: int) -> Iterator[None]:
    """Measures one insert, and makes a span of it within that of its flush. One that fails has no size."""
    labels = {"db.system.name": "clickhouse", "db.operation.name": "INSERT", "db.collection.name": table}
    measured: AbstractContextManager[None] = nullcontext()
    if trace.get_current_span().is_recording():
        attributes: dict[str, AnyValue] = {**labels, "db.operation.batch.size": rows}
        measured = current(_TRACER.start_span(f"INSERT {table}", kind=SpanKind.CLIENT, attributes=attributes))
    began = time.perf_counter()
    try:
        with measured:
            yield
    except Exception as error:
        labels["error.type"] = type(error).__name__
        raise
    else:
        _size.record(rows, {"table": table})
        _rows.add(table, count=rows)
    finally:
        _duration.record(time.perf_counter() - began, labels)
