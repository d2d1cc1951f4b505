"""Every figure that the processes tell of themselves: a closed list of names, each with unit, labels and meaning.

Made with OpenTelemetry's API alone: nothing is told before deploy.telemetry configures its SDK. A label has few values
and all of them are known beforehand: no id, no address, no text that a sender chose.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

Process = Literal["gateway", "worker", "store", "notifier", "board"]
Kind = Literal["counter", "gauge", "histogram"]
Name = Literal[
    "pipegauge.deliveries",
    "http.server.request.duration",
    "pipegauge.dead_letters",
    "pipegauge.records",
    "pipegauge.events.late_dropped",
    "pipegauge.rows",
    "pipegauge.batch.size",
    "db.client.operation.duration",
    "pipegauge.freshness",
    "pipegauge.lag",
    "pipegauge.dirty",
    "pipegauge.held",
    "pipegauge.spool.depth",
    "pipegauge.config.reloads",
    "pipegauge.telemetry.dropped",
]
Labels = Mapping[str, str | int]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ROWS = (1.0, 10.0, 100.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 20_000.0)
_CONSUMERS: tuple[Process, ...] = ("worker", "store", "notifier")
_ALL: tuple[Process, ...] = ("gateway", "worker", "store", "notifier", "board")


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is told of one name. `labels` says for each label which values it has, `bounds` are a histogram's."""

    kind: Kind
    unit: str
    description: str
    processes: tuple[Process, ...]
    labels: Mapping[str, str]
    bounds: tuple[float, ...] = ()


_SOURCE = "a configured source, else `unknown`"
_TABLE = "a table of ClickHouse"
_HTTP_LABELS = {
    "http.request.method": "`GET`, `HEAD`, `POST`, else `_OTHER`",
    "http.route": "the address's pattern, such as `/hooks/{source}`",
    "http.response.status_code": "the answer's",
}
INSTRUMENTS: Mapping[Name, Instrument] = {
    "pipegauge.deliveries": Instrument(
        "counter",
        "{delivery}",
        "Deliveries by what became of them",
        ("gateway",),
        {
            "source": _SOURCE,
            "outcome": "`accepted`, `ignored`, `dead-letter`, `refused` (4xx), `over-quota` (429), "
            "`unavailable` (503), `failed` (500), `hung-up`",
        },
    ),
    "http.server.request.duration": Instrument(
        "histogram",
        "s",
        "Time from a request's head to its answer",
        ("gateway", "board"),
        _HTTP_LABELS,
        _SECONDS,
    ),
    "pipegauge.dead_letters": Instrument(
        "counter",
        "{record}",
        "Dead letters by where they were made and why",
        ("gateway", "worker", "store"),
        {
            "stage": "`normalise`, `correlate`, `roll`, `rollup`, `alert`, `store`",
            "fault": "`unmapped` (no mapping fits), `invalid` (a value that cannot be), `defect` (the code failed)",
        },
    ),
    "pipegauge.records": Instrument(
        "counter",
        "{record}",
        "Records that the stream has taken, repeated ones included",
        ("worker",),
        {"stage": "`correlate`, `roll`, `rollup`, `alert`"},
    ),
    "pipegauge.events.late_dropped": Instrument(
        "counter", "{event}", "Events older than the horizon, stored only", ("worker",), {}
    ),
    "pipegauge.rows": Instrument(
        "counter", "{row}", "Rows inserted, repeated ones included", ("store",), {"table": _TABLE}
    ),
    "pipegauge.batch.size": Instrument(
        "histogram", "{row}", "Rows of one insert", ("store",), {"table": _TABLE}, _ROWS
    ),
    "db.client.operation.duration": Instrument(
        "histogram",
        "s",
        "Time of one insert, failed ones included",
        ("store",),
        {
            "db.system.name": "`clickhouse`",
            "db.operation.name": "`INSERT`",
            "db.collection.name": _TABLE,
            "error.type": "the error's class, where it failed",
        },
        _SECONDS,
    ),
    "pipegauge.freshness": Instrument(
        "gauge",
        "s",
        "Now less the newest delivery kept (gateway), correlated (worker), stored (store) or readable (board); "
        "absent before the first",
        _ALL,
        {},
    ),
    "pipegauge.lag": Instrument(
        "gauge",
        "{record}",
        "Records that the process's consumer group has not committed; each process of the group tells the group's",
        _CONSUMERS,
        {"topic": "a topic"},
    ),
    "pipegauge.dirty": Instrument("gauge", "{series}", "Series that wait to be published", _CONSUMERS, {}),
    "pipegauge.held": Instrument(
        "gauge",
        "{topic}",
        "1 for a topic that is no longer read, because nothing but data errors came",
        ("worker", "store"),
        {"topic": "a topic"},
    ),
    "pipegauge.spool.depth": Instrument("gauge", "{delivery}", "Deliveries that wait for Kafka", ("gateway",), {}),
    "pipegauge.config.reloads": Instrument(
        "counter",
        "{reload}",
        "Configurations read again at SIGHUP",
        ("gateway",),
        {"outcome": "`taken`, `refused` (it has a fault: the old one stays in force)"},
    ),
    "pipegauge.telemetry.dropped": Instrument(
        "counter",
        "{item}",
        "Spans, or exports of metrics, that no collector got",
        _ALL,
        {"signal": "`traces`, `metrics`", "reason": "`queue-full`, `not-taken` (the collector failed or was late)"},
    ),
}

_METER = metrics.get_meter("pipegauge")


class Tally:
    """A counter that costs its user a dictionary's entry: it is read when somebody asks. One thread adds."""

    def __init__(self, name: Name) -> None:
        described = INSTRUMENTS[name]
        self._names = tuple(described.labels)
        self._counts: dict[tuple[str, ...], int] = {}
        _METER.create_observable_counter(name, [self._read], described.unit, described.description)

    def add(self, *values: str, count: int = 1) -> None:
        """Counts `count` more under the labels' values, in the order of INSTRUMENTS."""
        self._counts[values] = self._counts.get(values, 0) + count

    def count(self, *values: str) -> int:
        """What was counted under the labels' values."""
        return self._counts.get(values, 0)

    def _read(self, _: CallbackOptions) -> Iterable[Observation]:
        for values, count in list(self._counts.items()):
            yield Observation(count, dict(zip(self._names, values, strict=True)))


@cache
def tally(name: Name) -> Tally:
    """The counter `name` of this process."""
    return Tally(name)


@cache
def histogram(name: Name) -> metrics.Histogram:
    """The histogram `name` of this process."""
    described = INSTRUMENTS[name]
    return _METER.create_histogram(
        name, described.unit, described.description, explicit_bucket_boundaries_advisory=described.bounds
    )


def gauge(name: Name, read: Callable[[], float | None]) -> None:
    """Tells what `read` returns, asked from other threads; None is told as nothing at all."""
    gauges(name, lambda: [({}, read())])


def gauges(name: Name, read: Callable[[], Iterable[tuple[Labels, float | None]]]) -> None:
    """Tells what `read` returns, labels and value of each."""

    def observed(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, dict(labels)) for labels, value in read() if value is not None]

    described = INSTRUMENTS[name]
    _METER.create_observable_gauge(name, [observed], described.unit, described.description)
