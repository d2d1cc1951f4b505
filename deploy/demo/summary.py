"""What a show came to, as people read it."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table

from deploy.demo.poster import Tally
from deploy.metrics_now import Wanted, read
from deploy.terminal import output
from schemas.config import Config
from schemas.metrics import MetricPoint
from stream_processors.quantities import duration


@dataclass(frozen=True)
class Result:
    """What a show came to; latencies are webhook → stored of the live deliveries, in seconds."""

    tally: Tally
    imported: int
    events_answered: int
    events_stored: int
    latency_p50: float | None
    latency_p99: float | None
    problem: str | None


def print_summary(result: Result, config: Config, resolve: Callable[[str], str]) -> None:
    """Print the counts, the services with their metrics over 28 days, and the latency."""
    console = output()
    tally = result.tally
    console.print(
        f"deliveries sent {tally.sent}, answered 2xx {tally.answered} "
        f"(ignored {tally.ignored}, dead letters {tally.dead_letters}), refused {tally.refused}; "
        f"git deliveries {result.imported}\n"
        f"events answered 2xx {result.events_answered}, of them stored {result.events_stored}",
        highlight=False,
    )
    console.print(_services(read(config, resolve, Wanted("service", "", "28d"))))
    if result.latency_p50 is not None and result.latency_p99 is not None:
        console.print(
            f"webhook → stored: p50 {result.latency_p50:.2f} s, p99 {result.latency_p99:.2f} s", highlight=False
        )
    if result.problem is None:
        console.print("every event answered 2xx is stored, all lags are 0, nothing is dirty", highlight=False)
    else:
        console.print(f"[red]{result.problem}[/red]", highlight=False)


def _services(points: list[MetricPoint]) -> Table:
    table = Table(
        "service", "cycle time", "gate pass rate", "first-pass yield", "pipeline p50", "p95", "≤ 10 min", box=None
    )
    whole = {(point.scope.name, point.metric): point for point in points if point.part == ""}
    for service in sorted({name for name, _ in whole}):
        pipeline = whole.get((service, "pipeline_duration"))
        table.add_row(
            service,
            _time(whole.get((service, "cycle_time"))),
            _share(whole.get((service, "gate_pass_rate"))),
            _share(whole.get((service, "first_pass_yield"))),
            _time(pipeline),
            "–" if pipeline is None or pipeline.p95 is None else duration(pipeline.p95),
            "–"
            if pipeline is None or not pipeline.denominator
            else f"{(pipeline.numerator or 0) / pipeline.denominator:.0%}",
        )
    return table


def _time(point: MetricPoint | None) -> str:
    return "–" if point is None or point.value is None else f"{duration(point.value)} (n={point.sample_size})"


def _share(point: MetricPoint | None) -> str:
    return "–" if point is None or point.value is None else f"{point.value:.1%} (n={point.sample_size})"
