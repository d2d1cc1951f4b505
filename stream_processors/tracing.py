"""The trace of a record within the stream. Where nobody records it, it costs a look at a header's last bytes."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags

from schemas.events import ChangeUpdated, CommitsPushed, Event, RunUpdated, TaskUpdated
from schemas.topics import APP_ID

TRACEPARENT = "traceparent"
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_TRACER = trace.get_tracer("pipegauge.stream")
_UNSAMPLED = b"-00"
_RUN_STATES = {"queued": "pending", "started": "executing"}
_RESULTS = {"timed_out": "timeout", "cancelled": "cancellation", "skipped": "skip"}


def context_of(traceparent: bytes) -> SpanContext | None:
    """The span that a `traceparent` names; None if it names none."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None:
        return None
    known = SpanContext(int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=TraceFlags(int(match[3], 16)))
    return known if known.is_valid else None


def recorded_context(traceparent: bytes) -> SpanContext | None:
    """The span that a `traceparent` names, if somebody records it."""
    if traceparent.endswith(_UNSAMPLED):
        return None
    known = context_of(traceparent)
    return known if known is not None and known.trace_flags.sampled else None


@contextmanager
def processing(stage: str, topic: str, partition: int, offset: int, parent: SpanContext) -> Iterator[bytes]:
    """A span for what `stage` does with a record whose span is `parent`; the `traceparent` to hand on.

    It is the current span meanwhile, so that log lines carry its ids.
    """
    attributes: Mapping[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.operation.name": stage,
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
        "messaging.consumer.group.name": APP_ID,
    }
    above = trace.set_span_in_context(NonRecordingSpan(parent))
    span = _TRACER.start_span(f"{stage} {topic}", context=above, kind=SpanKind.CONSUMER, attributes=attributes)
    with current(span):
        yield _traceparent(span)


@contextmanager
def current(span: Span) -> Iterator[None]:
    """Makes `span` the current one, and ends it; of an error it tells the class, whose words may quote a body."""
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _traceparent(span: Span) -> bytes:
    known = span.get_span_context()
    return f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}".encode()


def attributes_of(event: Event) -> dict[str, str]:
    """What a span tells of an event, in the words of OpenTelemetry's conventions for CI/CD and version control."""
    told: dict[str, str | None] = {
        "pipegauge.event": event.id,
        "pipegauge.event.type": event.type,
        "vcs.repository.name": event.origin.repository,
        "vcs.ref.head.revision": event.links.sha,
        "vcs.change.id": event.links.change,
        "cicd.pipeline.run.id": event.links.run,
    }
    match event:
        case RunUpdated():
            told |= {"cicd.pipeline.name": event.pipeline, "cicd.pipeline.run.id": event.run}
            told |= {"cicd.pipeline.run.state": _RUN_STATES.get(event.state), "cicd.pipeline.result": _result(event)}
        case TaskUpdated():
            told |= {"cicd.pipeline.task.name": event.name, "cicd.pipeline.task.run.id": event.task}
            told |= {"cicd.pipeline.run.id": event.run, "cicd.pipeline.task.run.result": _result(event)}
        case ChangeUpdated():
            told |= {"vcs.change.id": event.change, "vcs.change.state": "wip" if event.draft else event.state}
            told |= {"vcs.ref.head.name": event.head_branch, "vcs.ref.head.revision": event.head_sha}
        case CommitsPushed():
            told |= {"vcs.ref.head.name": event.branch, "vcs.ref.head.revision": event.after}
    return {name: value for name, value in told.items() if value}


def _result(event: RunUpdated | TaskUpdated) -> str | None:
    return _RESULTS.get(event.outcome, event.outcome) if event.outcome else None
