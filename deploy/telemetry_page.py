"""The page docs/telemetry.md, made from the table of metrics and the bounds of the exporter."""

from collections.abc import Iterator

from deploy.exporting import METRICS_EVERY_S, QUEUE, TIMEOUT_S
from deploy.telemetry import END_S
from schemas.instruments import INSTRUMENTS, Instrument, Name
from stream_processors.batch import LINKS

_LISTEN = """| process | address | from |
|---|---|---|
| gateway | 127.0.0.1:8480 | `listen: gateway:` |
| board | 127.0.0.1:8481 | `listen: board:` |
| worker | 127.0.0.1:8482 | `listen: worker:` |
| store | 127.0.0.1:8483 | `listen: store:` |
| notifier | 127.0.0.1:8485 | `listen: notifier:` |"""

_COLLECTOR = """```yaml
connections:
  otlp:
    endpoint: https://collector.example.org:4318 # /v1/traces and /v1/metrics are added
    headers: {authorization: "env:OTLP_AUTHORIZATION"} # each a secret itself, env:NAME or file:PATH
    sample: 0.1 # the share of deliveries that are traced; 1.0 if absent
    tls: {ca: /etc/ssl/collector-ca.pem}
```"""

_PROMETHEUS = """```yaml
scrape_configs:
  - job_name: pipegauge
    static_configs:
      - targets: ["gateway:8480", "board:8481", "worker:8482", "store:8483", "notifier:8485"]

rule_files: [pipegauge.rules.yml]
```"""

_RULES = """```yaml
groups:
  - name: pipegauge
    rules:
      - alert: PipegaugeDeliveriesNotKept
        expr: sum(rate(pipegauge_deliveries_total{outcome=~"unavailable|failed"}[5m])) > 0
        for: 5m
        annotations: {summary: "Senders are answered 5xx. See the gateway's log."}
      - alert: PipegaugeSpooling
        expr: pipegauge_spool_depth > 0
        for: 10m
        annotations: {summary: "Kafka does not take what the gateway has; the spool grows."}
      - alert: PipegaugeBehind
        expr: max by (job, topic) (pipegauge_lag) > 10000
        for: 10m
        annotations: {summary: "A consumer group is behind on {{ $labels.topic }}."}
      - alert: PipegaugeDeadLetters
        expr: sum by (stage, fault) (increase(pipegauge_dead_letters_total[1h])) > 0
        annotations: {summary: "Dead letters of {{ $labels.stage }}: {{ $labels.fault }}."}
      - alert: PipegaugeInsertsFail
        expr: sum(rate(db_client_operation_duration_seconds_count{error_type!=""}[5m])) > 0
        for: 5m
        annotations: {summary: "ClickHouse does not take rows; the store tries again."}
```"""


def telemetry_page() -> list[str]:
    """The blocks of the page; a block that is one line of prose is still to be wrapped."""
    return [
        "# Telemetry",
        "What the processes tell of themselves: metrics, traces, logs.",
        "## Metrics",
        "Every process answers `/metrics` in the Prometheus text format, or in OpenMetrics where it is asked for. "
        "There is no login: the gateway's public address should pass on `/hooks/`, `/reports/` and `/events` alone.",
        _LISTEN,
        "In Prometheus a name's dots become underscores, a counter ends in `_total`, and a unit of seconds in "
        "`_seconds`. Beside these there are `process_…` of the Python client, in `/metrics` only.",
        *_metrics(),
        "To scrape them:",
        _PROMETHEUS,
        "Alerts to begin with:",
        _RULES,
        "## Traces",
        "A delivery's trace begins with the gateway's span `receive SOURCE`, or goes on with the sender's "
        "`traceparent`. Below it are `send deliveries` (until Kafka or the spool has it), and, by the header "
        "`traceparent` of its records, the worker's `correlate events` and `roll observations`. The store's span "
        "`store insert` covers one flush and its `INSERT TABLE`; it is linked to the spans its rows came from, "
        f"{LINKS:,} at most. Windows move with the clock and belong to no trace.",
        "Attributes are those of OpenTelemetry's conventions for messaging, databases, HTTP, CI/CD and version "
        "control. No body, no token, no person and no title is in a span.",
        "## A collector",
        "Without this section nothing is exported and no span is made:",
        _COLLECTOR,
        "OTLP over HTTP, protobuf, gzip. The gateway decides what is traced; a sender's `traceparent` does not raise "
        "the share. A collector that is dead, slow or refuses slows nothing: "
        f"{QUEUE:,} spans wait at most, a request has {TIMEOUT_S:g} s, metrics go out every {METRICS_EVERY_S:g} s, "
        f"and the end of a process waits {END_S:g} s. What no collector got is in `pipegauge.telemetry.dropped`, and "
        "a line of the log says when that begins and ends.",
        "## Logs",
        "One line an event on stderr; JSON unless it is a terminal. Lines of libraries have the same form, from "
        "warnings on. A line within a recorded span has its `trace_id` and `span_id`. Every secret that the process "
        "has resolved is masked, also as base64 or in a URL, as are passwords and tokens in addresses; bytes are told "
        "by their number, values that a check refused are left out, and long text is cut. Secrets of fewer than four "
        "characters are not looked for.",
    ]


def _metrics() -> Iterator[str]:
    rows = ["| metric | kind | unit | processes |", "|---|---|---|---|"]
    for name, one in INSTRUMENTS.items():
        rows.append(f"| [`{name}`](#{_anchor(name)}) | {one.kind} | `{one.unit}` | {', '.join(one.processes)} |")
    yield "\n".join(rows)
    for name, one in INSTRUMENTS.items():
        yield f"### {name}"
        yield f"{one.description}."
        if one.labels or one.bounds:
            yield "\n".join(_details(one))


def _details(one: Instrument) -> Iterator[str]:
    for label, values in one.labels.items():
        yield f"- `{label}`: {values}"
    if one.bounds:
        yield f"- buckets up to {', '.join(f'{bound:g}' for bound in one.bounds)}"


def _anchor(name: Name) -> str:
    return name.replace(".", "")
