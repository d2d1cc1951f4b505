"""The trace of a record: who is followed, what is handed on, and what a flush is linked to."""

from datetime import timedelta

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from schemas.topics import EVENTS
from stream_processors import inserts, tracing
from stream_processors.agents.shell import Arrival, _traced
from stream_processors.batch import LINKS, Batch
from stream_processors.rows import rows_of
from stream_processors.tracing import attributes_of, context_of, recorded_context
from tests.stream_processors.records import NOON, TRACE, event_arrival, run

RECORDED = TRACE[1]
UNRECORDED = RECORDED[:-2] + b"00"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("of the tests"))
    monkeypatch.setattr(inserts, "_TRACER", provider.get_tracer("of the tests"))
    return exporter


def arrival(traceparent: bytes | None) -> Arrival:
    return Arrival(EVENTS, 3, 41, 0, "shop", b"", {} if traceparent is None else {"traceparent": traceparent})


@pytest.mark.parametrize(
    "carried", [UNRECORDED, b"", b"00-not-a-trace-01", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"]
)
def test_what_nobody_records_has_no_context(carried: bytes) -> None:
    assert recorded_context(carried) is None


@pytest.mark.parametrize("carried", [UNRECORDED, None, b"00-not-a-trace-01"])
def test_a_record_that_nobody_traces_makes_no_span_and_is_handed_on_as_it_came(
    exported: InMemorySpanExporter, carried: bytes | None
) -> None:
    taken: list[Arrival] = []
    _traced("correlate", arrival(carried), taken.append)
    assert taken == [arrival(carried)]
    assert exported.get_finished_spans() == ()


def test_a_recorded_one_is_processed_in_a_child_whose_traceparent_is_handed_on(exported: InMemorySpanExporter) -> None:
    taken: list[Arrival] = []
    current: list[trace.Span] = []

    def take(one: Arrival) -> None:
        taken.append(one)
        current.append(trace.get_current_span())

    _traced("correlate", arrival(RECORDED), take)
    [span] = exported.get_finished_spans()
    parent, handed_on = context_of(RECORDED), context_of(taken[0].headers["traceparent"])
    assert parent is not None
    assert handed_on is not None
    assert span.parent is not None
    assert span.context is not None
    assert span.parent.span_id == parent.span_id
    assert span.context.trace_id == parent.trace_id == handed_on.trace_id
    assert span.context.span_id == handed_on.span_id == current[0].get_span_context().span_id
    assert (span.name, span.attributes and span.attributes["messaging.kafka.offset"]) == ("correlate events", 41)


def test_an_error_within_a_span_leaves_it_and_quotes_nothing(exported: InMemorySpanExporter) -> None:
    def fail(_: Arrival) -> None:
        raise ValueError("words of a body")

    with pytest.raises(ValueError, match="words"):
        _traced("correlate", arrival(RECORDED), fail)
    assert "words of a body" not in exported.get_finished_spans()[0].to_json()


def batch_of(*traces: bytes) -> Batch:
    batch = Batch()
    for number, carried in enumerate(traces):
        record = event_arrival(run(number))
        record.headers = [("traceparent", carried)]
        batch.add(record, rows_of(record), 0.0)
    return batch


def test_a_flush_is_linked_to_each_recorded_span_once() -> None:
    other = RECORDED.replace(b"b7ad", b"b7ae")
    links = batch_of(RECORDED, UNRECORDED, other, RECORDED, b"no trace").links()
    assert [link.context for link in links] == [context_of(RECORDED), context_of(other)]


def test_a_flush_has_a_bounded_number_of_links() -> None:
    traces = [RECORDED.replace(b"b7ad6b71", b"%08x" % number) for number in range(1, LINKS + 10)]
    assert len(batch_of(*traces).links()) == LINKS


def test_a_flush_without_recorded_rows_makes_no_span(exported: InMemorySpanExporter) -> None:
    with inserts.flushing(batch_of(UNRECORDED).links(), 1), inserts.inserting("events", 1):
        pass
    assert exported.get_finished_spans() == ()


def test_an_insert_that_fails_says_so_in_its_span(exported: InMemorySpanExporter) -> None:
    with (
        pytest.raises(EOFError),
        inserts.flushing(batch_of(RECORDED).links(), 1),
        inserts.inserting("events", 1),
    ):
        raise EOFError("words of a server")
    insert, flush = exported.get_finished_spans()
    assert insert.attributes is not None
    assert insert.attributes["error.type"] == "EOFError"
    assert insert.status.status_code is trace.StatusCode.ERROR
    assert flush.links[0].context == context_of(RECORDED)


def test_a_batch_is_as_fresh_as_the_newest_delivery_in_it() -> None:
    received = NOON + timedelta(minutes=3)
    batch = Batch()
    for number, at in enumerate([NOON, received, NOON]):
        record = event_arrival(run(number, received_at=at))
        batch.add(record, rows_of(record), 0.0)
    assert batch.newest_ms == received.timestamp() * 1000


def test_a_run_is_described_in_the_words_of_the_conventions() -> None:
    assert (
        attributes_of(run(1, outcome="timed_out", state="finished")).items()
        >= {
            "cicd.pipeline.result": "timeout",
            "vcs.repository.name": "acme/shop",
        }.items()
    )
    assert attributes_of(run(1, outcome=None, state="started"))["cicd.pipeline.run.state"] == "executing"
