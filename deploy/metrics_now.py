"""The newest metric points, as ClickHouse has them."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError
from clickhouse_driver.errors import ErrorCodes, ServerException
from rich.table import Table

from deploy.terminal import output
from schemas.codec import encode_points
from schemas.config import ClickHouseConnection, Config
from schemas.connections import client_arguments
from schemas.metrics import WINDOWS, MetricPoint, Scope
from stream_processors.metric import Metric
from stream_processors.metrics import METRICS
from stream_processors.quantities import duration

_COLUMNS = (
    "metric, part, window, window_end, value, p50, p75, p90, p95, numerator, denominator, sample_size, linked_share, "
    "definition_version"
)
_QUERY = f"""
SELECT scope_kind, scope, {_COLUMNS} FROM metrics FINAL
WHERE (%(kind)s = '' OR scope_kind = %(kind)s) AND (%(scope)s = '' OR scope = %(scope)s)
  AND (%(window)s = '' OR window = %(window)s)
ORDER BY scope_kind, scope, metric, part, indexOf(%(windows)s, window), version DESC
LIMIT 1 BY scope_kind, scope, metric, part, window
"""


_START = "start everything with `pipegauge up`, name the data folder of a running stack with --data"
_NOT_MIGRATED = (ErrorCodes.UNKNOWN_DATABASE, ErrorCodes.UNKNOWN_TABLE, ErrorCodes.UNKNOWN_IDENTIFIER)
_REFUSED = 516  # AUTHENTICATION_FAILED, which the driver does not list


class Unreadable(RuntimeError):
    """ClickHouse gives no metrics: one line saying what to do."""


@dataclass(frozen=True)
class Wanted:
    """Which points to read; an empty text leaves it open."""

    kind: str
    scope: str
    window: str

    @classmethod
    def of(cls, service: str | None, team: str | None, org: bool, window: str | None) -> Self:
        """Raises ValueError where more than one scope is named."""
        named = [("service", service), ("team", team), ("org", "org" if org else None)]
        chosen = [(kind, name) for kind, name in named if name is not None]
        if len(chosen) > 1:
            raise ValueError("name one of --service, --team and --org, not several")
        kind, scope = chosen[0] if chosen else ("", "")
        return cls(kind, scope, window or "")


def read(config: Config, resolve: Callable[[str], str], wanted: Wanted) -> list[MetricPoint]:
    """The newest point of each metric, part and window wanted. Raises Unreadable."""
    connection = config.connections.clickhouse
    try:
        password = resolve(connection.password)
    except LookupError as error:  # of a server that is configured, or of no stack at all
        raise Unreadable(f"{_START}, or for a ClickHouse of your own: {error}") from error
    client = Client(**client_arguments(connection, password))
    try:
        rows = client.execute(_QUERY, {**asdict(wanted), "windows": list(WINDOWS)})
    except (ClickHouseError, OSError, EOFError) as error:  # EOFError: the server closed the connection
        raise Unreadable(_remedy(error, connection)) from error
    finally:
        client.disconnect()
    names = [name.strip() for name in _COLUMNS.split(",")]
    return [_point(kind, scope, dict(zip(names, values, strict=True))) for kind, scope, *values in rows]


def _remedy(error: Exception, connection: ClickHouseConnection) -> str:
    where = f"ClickHouse at {connection.host}:{connection.port}"
    if not isinstance(error, ServerException):
        return f"{where} does not answer; {_START}, or correct connections.clickhouse"
    if error.code in _NOT_MIGRATED:
        return f"{where} has no tables of pipegauge in {connection.database!r}; run `pipegauge migrate`"
    if error.code == _REFUSED:
        return f"{where} refuses {connection.username!r}; correct connections.clickhouse's username and password"
    said = error.message.split("Stack trace")[0].strip().replace("\n", " ")
    return f"{where} cannot answer: {said}; see its log"


def as_array(points: Iterable[MetricPoint]) -> str:
    """The JSON array of points."""
    return encode_points(points).decode()


def as_table(points: Iterable[MetricPoint]) -> None:
    """Print a table for people."""
    table = Table(
        "scope", "metric", "part", "window", "value", "p95", "sample", "linked", box=None, header_style="bold"
    )
    for point in points:
        table.add_row(
            f"{point.scope.kind} {point.scope.name}",
            METRICS[point.metric].title if point.metric in METRICS else point.metric,
            point.part or "–",
            point.window,
            _text(point, point.value),
            _text(point, point.p95),
            str(point.sample_size),
            "–" if point.linked_share is None else f"{point.linked_share:.0%}",
        )
    output().print(table)


def value_in_words(metric: Metric | None, value: float | None) -> str:
    """A value of `metric` for people; – where there is none."""
    if value is None:
        return "–"
    return f"{value:.1%}" if metric is not None and metric.unit == "ratio" else duration(value)


def _text(point: MetricPoint, value: float | None) -> str:
    return value_in_words(METRICS.get(point.metric), value)


def _point(kind: str, scope: str, values: dict[str, Any]) -> MetricPoint:
    return MetricPoint.model_validate({"scope": Scope.model_validate({"kind": kind, "name": scope}), **values})
