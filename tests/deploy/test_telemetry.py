"""The exporter against collectors that are dead: nobody waits, what is lost is counted, the end is bounded."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from prometheus_client.parser import text_string_to_metric_families

from deploy.exporting import QUEUE, BoundedSpans, SpanExporter, at_most
from deploy.sampling import sampler
from deploy.telemetry import END_S
from schemas.config import Config
from schemas.config_text import ConfigError, parse
from schemas.instruments import INSTRUMENTS, tally
from tests.end_to_end.collector import collector, hanging_collector
from tests.engines import free_port

SPANS = 2 * QUEUE
AT_MOST_S = 3 * END_S
"""Two seconds are promised; a machine that does other things may be late."""
PROCESS = """
import json, sys, time
from opentelemetry import trace
from deploy.logs import configure_logs
from deploy.status import StatusServer
from deploy.telemetry import configured, metrics_text
from schemas.config import Otlp

configure_logs()
otlp = Otlp(endpoint=sys.argv[1]) if sys.argv[1] else None
with configured("store", otlp, lambda one: one):
    tracer = trace.get_tracer("of the tests")
    link = trace.Link(trace.SpanContext(1, 1, True, trace.TraceFlags(1)))
    began = time.perf_counter()
    for _ in range(int(sys.argv[2])):
        tracer.start_span("one", links=[link]).end()
    spent = time.perf_counter() - began
    status = {"lag": {"events": 3}, "freshness": 1.5, "dirty": 0}
    with StatusServer("127.0.0.1:0", lambda: status, lambda: True) as server:
        import urllib.request
        time.sleep(float(sys.argv[3]))
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
            text = answer.read().decode()
    ended = time.perf_counter()
print(json.dumps({"spent": spent, "text": text, "end": time.perf_counter() - ended}))
"""


def ran(endpoint: str, spans: int, wait: float = 0.0) -> tuple[dict[str, Any], str]:
    """What a process says that makes `spans` spans and ends, and its log."""
    argv = [sys.executable, "-c", PROCESS, endpoint, str(spans), str(wait)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said, done.stderr


def dropped(text: str, reason: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        if family.name == "pipegauge_telemetry_dropped"
        for sample in family.samples
        if sample.labels["reason"] == reason and sample.labels["signal"] == "traces"
    )


def test_without_a_collector_the_status_is_told_as_metrics_and_nothing_is_dropped() -> None:
    said, log = ran("", 10)
    families = {family.name: family for family in text_string_to_metric_families(said["text"])}
    assert families["pipegauge_lag"].samples[0].labels == {"topic": "events"}
    assert families["pipegauge_lag"].samples[0].value == 3
    assert families["pipegauge_freshness_seconds"].samples[0].value == 1.5
    assert families["process_cpu_seconds"].samples
    assert "pipegauge_telemetry_dropped" not in families
    assert log == ""


@pytest.mark.faults(33)
def test_a_hanging_collector_holds_up_neither_the_work_nor_the_end() -> None:
    with hanging_collector() as endpoint:
        said, log = ran(endpoint, SPANS, wait=2.5)
    assert said["end"] < AT_MOST_S
    assert dropped(said["text"], "queue-full") >= SPANS - QUEUE - 1_024
    lines = [json.loads(line) for line in log.splitlines()]
    events = [line["event"] for line in lines]
    assert events.count("the collector takes no telemetry; it is lost") <= 2  # once a signal
    assert "the collector was not waited for any longer" in events


@pytest.mark.faults(33)
def test_a_collector_that_is_not_there_costs_what_it_did_not_get() -> None:
    said, log = ran(f"http://127.0.0.1:{free_port()}", 100, wait=8)
    assert dropped(said["text"], "not-taken") == 100
    assert said["end"] < AT_MOST_S
    assert log.count("the collector takes no telemetry; it is lost") == 1 + log.count('"metrics"')


def test_what_is_left_at_the_end_is_sent() -> None:
    with collector() as collected:
        said, log = ran(collected.endpoint, 100)
    assert len(collected.spans) == 100
    assert "pipegauge.telemetry.dropped" not in collected.metrics.get("pipegauge-store", set())
    assert "pipegauge.lag" in collected.metrics["pipegauge-store"]
    assert said["end"] < 2
    assert log == ""


class Stuck(SpanExporter):
    """One that has not come back yet."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=endpoint)
        self.goes_on = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.goes_on.wait(60)
        return SpanExportResult.FAILURE


@pytest.fixture
def bounded() -> Iterator[BoundedSpans]:
    stuck = Stuck(endpoint="http://127.0.0.1:9")
    spans = BoundedSpans(stuck)
    yield spans
    stuck.goes_on.set()
    spans.shutdown()


def test_no_more_spans_wait_than_the_queue_holds(bounded: BoundedSpans) -> None:
    counted = tally("pipegauge.telemetry.dropped")
    before = counted.count("traces", "queue-full")
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(bounded)
    tracer = provider.get_tracer("of the tests")
    for _ in range(QUEUE + 10):
        tracer.start_span("one").end()
    assert bounded.waiting <= QUEUE
    assert counted.count("traces", "queue-full") - before == 10


def test_the_end_waits_for_the_slowest_and_no_longer_than_it_may() -> None:
    began = time.monotonic()
    assert not at_most(0.2, [lambda: time.sleep(5), lambda: None])
    assert time.monotonic() - began < 1
    assert at_most(5, [lambda: None])


@pytest.mark.parametrize("flags", [0, 1])
def test_a_sender_does_not_raise_the_share_of_traces_and_the_stream_follows_the_gateway(flags: int) -> None:
    above = set_span_in_context(NonRecordingSpan(SpanContext(1 << 127, 1, True, TraceFlags(flags))))

    def chosen(process: Any, share: float) -> Decision:
        return sampler(process, share).should_sample(above, 1 << 127, "one", SpanKind.SERVER).decision

    assert chosen("gateway", 0.0) is Decision.DROP
    assert chosen("gateway", 1.0) is (Decision.RECORD_AND_SAMPLE if flags else Decision.DROP)
    assert chosen("worker", 0.0) is (Decision.RECORD_AND_SAMPLE if flags else Decision.DROP)


def test_a_collector_s_address_is_checked_and_off_by_default() -> None:
    assert Config().connections.otlp is None
    said = parse("connections:\n  otlp: {endpoint: 'http://c:4318', headers: {a: 'env:A'}, sample: 0.1}\n", "p.yaml")
    assert said.connections.otlp is not None
    with pytest.raises(ConfigError, match=r"p\.yaml:2"):
        parse("connections:\n  otlp: {endpoint: 'c:4318'}\n", "p.yaml")
    with pytest.raises(ConfigError, match=r"p\.yaml:2"):
        parse("connections:\n  otlp: {endpoint: 'http://user:password@c:4318'}\n", "p.yaml")


def test_every_name_is_in_the_words_of_opentelemetry() -> None:
    for name, one in INSTRUMENTS.items():
        assert name == name.lower(), name
        assert one.unit in ("s", "By") or (one.unit[0], one.unit[-1]) == ("{", "}"), name
        assert bool(one.bounds) == (one.kind == "histogram"), name


def test_a_counter_tells_each_of_its_labels() -> None:
    counted = tally("pipegauge.rows")
    counted.add("of the tests", count=2)
    counted.add("of the tests")
    assert counted.count("of the tests") == 3
    assert tally("pipegauge.rows") is counted
