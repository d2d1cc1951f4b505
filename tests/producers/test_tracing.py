"""The gateway's spans: what they tell of a delivery, and what they keep to themselves."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from producers import tracing
from producers.durability import Unavailable
from producers.gateway import Intake
from producers.source import UnknownSource
from producers.tracing import blame, describe, route_of, sending, start_span

SENDERS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("of the tests"))
    return exporter


def test_the_records_carry_the_span_of_the_request(exported: InMemorySpanExporter) -> None:
    span, traceparent = start_span("github", {"traceparent": SENDERS})
    with sending(span, 3):
        pass
    describe(span, Intake("an-id", "accepted", (), ()), "spool")
    span.end()
    sent, request = exported.get_finished_spans()
    assert request.context is not None
    assert sent.parent is not None
    assert request.attributes is not None
    assert sent.attributes is not None
    assert traceparent == f"00-0af7651916cd43dd8448eb211c80319c-{request.context.span_id:016x}-01"
    assert sent.parent.span_id == request.context.span_id
    assert sent.attributes["messaging.batch.message_count"] == 3
    assert request.attributes["pipegauge.stored"] == "spool"
    assert request.name == "receive github"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/hooks/github", "/hooks/{source}"),
        ("/hooks/jira/a-token", "/hooks/{source}"),
        ("/reports/junit", "/reports/{format}"),
        ("/events", "/events"),
        ("/events/", "/events"),
    ],
)
def test_a_request_is_told_by_its_pattern_never_by_the_token_in_it(
    exported: InMemorySpanExporter, path: str, route: str
) -> None:
    start_span("a-source", {}, route_of(path))[0].end()
    [request] = exported.get_finished_spans()
    assert request.attributes is not None
    assert request.attributes["http.route"] == route


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UnknownSource("words"), 404, StatusCode.UNSET),
        (Unavailable("words"), 503, StatusCode.ERROR),
        (RuntimeError("words"), 500, StatusCode.ERROR),
    ],
)
def test_a_request_that_fails_tells_the_class_of_its_error_and_not_its_words(
    exported: InMemorySpanExporter, error: Exception, status: int, code: StatusCode
) -> None:
    span, _ = start_span("github", {})
    blame(span, error)
    span.end()
    [request] = exported.get_finished_spans()
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == status
    assert request.attributes["error.type"] == type(error).__name__
    assert request.status.status_code is code
    assert "words" not in request.to_json()


def test_without_a_collector_there_is_no_span_and_the_trace_says_that_nobody_records_it() -> None:
    span, traceparent = start_span("github", {})
    with sending(span, 1):
        assert not span.is_recording()
    assert traceparent.endswith("-00")
    assert traceparent != start_span("github", {})[1]
    assert start_span("github", {"traceparent": SENDERS})[1] == SENDERS
