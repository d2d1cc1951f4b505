"""Configures the OpenTelemetry SDK of a process. Trace ids are real end to end; nothing is exported yet."""

from importlib.metadata import PackageNotFoundError, version

from opentelemetry import metrics, propagate, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator


def installed_version() -> str:
    """The version of pipegauge, `0` where it runs from a checkout that was never installed."""
    try:
        return version("pipegauge")
    except PackageNotFoundError:  # a checkout
        return "0"


def configure(process_name: str) -> None:
    """Makes spans and counters of this process carry its name and version, and traces ride as W3C `traceparent`."""
    resource = Resource.create({SERVICE_NAME: f"pipegauge-{process_name}", SERVICE_VERSION: installed_version()})
    trace.set_tracer_provider(TracerProvider(resource=resource))
    metrics.set_meter_provider(MeterProvider(resource=resource))
    propagate.set_global_textmap(TraceContextTextMapPropagator())
