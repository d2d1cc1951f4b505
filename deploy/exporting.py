"""Sends spans and metrics to a collector from threads of its own: whatever the collector does, nobody waits for it.

What it does not take is dropped and counted (`pipegauge.telemetry.dropped`), and said once when that begins.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import (
    MetricExportResult,
    MetricReader,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

from schemas.config import Otlp
from schemas.instruments import tally

log = structlog.get_logger()

QUEUE = 8_192
"""Spans that may wait, of about 3 KB each (measured): 25 MB at most."""
BATCH = 512
TIMEOUT_S = 2.0
"""For one request, its retries included."""
METRICS_EVERY_S = 15.0

_dropped = tally("pipegauge.telemetry.dropped")
_LOCK = threading.Lock()


def drop(signal: Literal["traces", "metrics"], reason: Literal["queue-full", "not-taken"], count: int) -> None:
    """Counts what no collector got; from any thread."""
    with _LOCK:
        _dropped.add(signal, reason, count=count)


class _Hearing:
    """Says once when the collector stops taking a signal, and once when it takes it again."""

    def __init__(self, signal: Literal["traces", "metrics"]) -> None:
        self._signal = signal
        self._is_deaf = False

    def heard(self, is_taken: bool, count: int) -> None:
        if not is_taken:
            drop(self._signal, "not-taken", count)
        if is_taken == self._is_deaf:
            self._is_deaf = not is_taken
            said = "the collector takes telemetry again" if is_taken else "the collector takes no telemetry; it is lost"
            log.warning(said, signal=self._signal)


class SpanExporter(OTLPSpanExporter):
    """The OTLP exporter; `taken` counts the spans that have left the queue."""

    taken = 0
    _hearing = _Hearing("traces")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        self.taken += len(spans)
        self._hearing.heard(result is SpanExportResult.SUCCESS, len(spans))
        return result


class MetricExporter(OTLPMetricExporter):
    """The OTLP exporter; one export of all metrics counts as one item."""

    _hearing = _Hearing("metrics")

    def export(self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **kwargs: Any) -> Any:
        result = super().export(metrics_data, timeout_millis, **kwargs)
        self._hearing.heard(result is MetricExportResult.SUCCESS, 1)
        return result


class BoundedSpans(SpanProcessor):
    """The SDK's batches behind a bound of its own, which counts what it turns away. One thread ends spans."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._put = 0
        self._batches = BatchSpanProcessor(exporter, max_queue_size=2 * QUEUE, max_export_batch_size=BATCH)

    @property
    def waiting(self) -> int:
        """Spans that no collector has yet."""
        return self._put - self._exporter.taken

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """A span counts when it ends."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if self.waiting >= QUEUE:
            drop("traces", "queue-full", 1)
            return
        self._put += 1
        self._batches.on_end(span)

    def shutdown(self) -> None:
        self._batches.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._batches.force_flush(timeout_millis)


def span_processor(otlp: Otlp, headers: Mapping[str, str]) -> BoundedSpans:
    """What sends ended spans to the collector; `headers` are resolved."""
    return BoundedSpans(SpanExporter(**_arguments(otlp, headers, "traces")))


def metric_reader(otlp: Otlp, headers: Mapping[str, str]) -> MetricReader:
    """What sends the metrics to the collector every 15 s; `headers` are resolved."""
    return PeriodicExportingMetricReader(
        MetricExporter(**_arguments(otlp, headers, "metrics")), METRICS_EVERY_S * 1000, TIMEOUT_S * 1000
    )


def _arguments(otlp: Otlp, headers: Mapping[str, str], signal: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "endpoint": f"{otlp.endpoint.rstrip('/')}/v1/{signal}",
        "headers": dict(headers),
        "timeout": TIMEOUT_S,
        "compression": Compression.Gzip,
    }
    tls = otlp.tls
    if tls is not None:
        files = {
            "certificate_file": tls.ca,
            "client_certificate_file": tls.certificate,
            "client_key_file": tls.key,
        }
        arguments |= {name: str(path) for name, path in files.items() if path is not None}
    return arguments


def at_most(seconds: float, ends: Sequence[Callable[[], object]]) -> bool:
    """Calls all of `ends` at once and waits `seconds` for them in all; whether they have returned."""
    threads = [threading.Thread(target=end, name="telemetry-end", daemon=True) for end in ends]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)
