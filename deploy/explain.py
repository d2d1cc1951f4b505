"""`pipegauge explain`: reads from ClickHouse what a number is made of."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError

from deploy import metrics_now
from deploy.explained import SHOWN, Explanation, Fact, Source, window_of, worst_first
from deploy.metrics_now import Unreadable, Wanted
from schemas.config import Config
from schemas.connections import client_arguments
from schemas.metrics import MetricPoint
from stream_processors.metric import Metric
from stream_processors.metrics import METRICS

_OF_THE_WINDOW = """
FROM observations FINAL
WHERE metric = %(metric)s AND service = %(service)s AND part = %(part)s AND value IS NOT NULL
  AND at >= %(begin)s AND at < %(end)s
"""
_COUNTS = f"SELECT countIf(weight > 0), countIf(NOT linked) {_OF_THE_WINDOW}"
_FACTS = f"""
SELECT subject, at, value, weight, linked, evidence {_OF_THE_WINDOW} AND weight > 0
ORDER BY {{order}}, at DESC, subject LIMIT {SHOWN}
"""
_EVENTS = "SELECT id, type, url FROM events FINAL WHERE service = %(service)s AND id IN %(ids)s ORDER BY occurred_at"


class NothingToExplain(LookupError):
    """There is no such number: one line saying which there are."""


def explain(
    config: Config, resolve: Callable[[str], str], service: str, metric: str, part: str, window: str
) -> Explanation:
    """What the service's number is made of. Raises NothingToExplain, Unreadable."""
    points = metrics_now.read(config, resolve, Wanted("service", service, window))
    point = next((one for one in points if (one.metric, one.part) == (metric, part)), None)
    if metric not in METRICS or point is None:
        known = sorted({f"{one.metric}{f' --part {one.part!r}' if one.part else ''}" for one in points})
        remedy = f"there are {', '.join(known)}" if known else "`pipegauge metrics` shows what there is"
        raise NothingToExplain(f"no {metric}{f' of {part!r}' if part else ''} is known of {service!r}; {remedy}")
    connection = config.connections.clickhouse
    client = Client(**client_arguments(connection, resolve(connection.password)))
    try:
        return _read(client, METRICS[metric], point)
    except (ClickHouseError, OSError, EOFError) as error:  # EOFError: the server closed the connection
        raise Unreadable(f"ClickHouse at {connection.host}:{connection.port} cannot answer ({error})") from error
    finally:
        client.disconnect()


def _read(client: Client, metric: Metric, point: MetricPoint) -> Explanation:
    begin, end = window_of(point)
    wanted = {"metric": metric.name, "service": point.scope.name, "part": point.part, "begin": begin, "end": end}
    ((measured, unlinked),) = client.execute(_COUNTS, wanted)
    rows = client.execute(_FACTS.format(order=worst_first(metric)), wanted)
    sources = _sources(client, point.scope.name, [id_ for row in rows for id_ in row[-1]])
    facts = [
        Fact(subject, at, value, weight, bool(linked), [sources[id_] for id_ in evidence if id_ in sources])
        for subject, at, value, weight, linked, evidence in rows
    ]
    return Explanation(point, metric, begin, measured, unlinked, facts)


def _sources(client: Client, service: str, ids: list[UUID]) -> dict[UUID, Source]:
    if not ids:
        return {}
    rows: list[Any] = client.execute(_EVENTS, {"service": service, "ids": tuple(ids)})
    return {id_: Source(str(id_), type_, url) for id_, type_, url in rows}
