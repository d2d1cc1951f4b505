"""Configures the OpenTelemetry SDK of a process: /metrics always, traces and metrics to a collector if there is one."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from uuid import uuid4

import structlog
from opentelemetry import metrics, propagate, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder

from deploy.exporting import BoundedSpans, at_most, metric_reader, span_processor
from deploy.sampling import sampler
from schemas.config import Otlp
from schemas.instruments import Process
from stream_processors.batch import LINKS

END_S = 2.0
"""How long the end of a process waits for a collector."""

log = structlog.get_logger()
_REGISTRY = CollectorRegistry()
_ONE_AT_A_TIME = threading.Lock()  # two readings at once would get each other's figures (exporter-prometheus 0.66)


def installed_version() -> str:
    """The version of pipegauge, `0` where it runs from a checkout that was never installed."""
    try:
        return version("pipegauge")
    except PackageNotFoundError:  # a checkout
        return "0"


def metrics_text(accept: str) -> tuple[bytes, str]:
    """The metrics of this process in the Prometheus format that an Accept header asks for, and its content type."""
    encode, content_type = choose_encoder(accept)
    with _ONE_AT_A_TIME:
        return encode(_REGISTRY), content_type


@contextmanager
def configured(process: Process, otlp: Otlp | None, resolve: Callable[[str], str]) -> Iterator[None]:
    """The SDK of this process for the length of a block, once in its life; `resolve` turns references into secrets.

    Without `otlp` nothing is sent and no span is made: record headers carry the trace all the same. What the collector
    has not taken two seconds after the block is lost.
    """
    resource = Resource.create(
        {SERVICE_NAME: f"pipegauge-{process}", SERVICE_VERSION: installed_version(), SERVICE_INSTANCE_ID: str(uuid4())}
    )
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False, registry=_REGISTRY)]
    ProcessCollector(registry=_REGISTRY)
    spans = None
    if otlp is not None:
        headers = {name: resolve(reference) for name, reference in otlp.headers.items()}
        readers.append(metric_reader(otlp, headers))
        spans = span_processor(otlp, headers)
        _trace(process, otlp.sample, resource, spans)
    provider = MeterProvider(readers, resource, exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False)
    metrics.set_meter_provider(provider)
    try:
        yield
    finally:
        ends = [provider.shutdown] + ([spans.shutdown] if spans else [])
        if not at_most(END_S, ends) and spans:
            log.warning("the collector was not waited for any longer", spans_lost=spans.waiting)


def _trace(process: Process, share: float, resource: Resource, spans: BoundedSpans) -> None:
    provider = TracerProvider(
        sampler(process, share),
        resource,
        shutdown_on_exit=False,
        span_limits=SpanLimits(max_links=LINKS),
    )
    provider.add_span_processor(spans)
    trace.set_tracer_provider(provider)
