"""`pipegauge metrics`: what it prints for people and for programs."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.migrate import migrate
from schemas.metrics import MetricPoint
from tests.command_line.conftest import Run, is_one_line
from tests.embedded.clickhouse_process import PASSWORD, USER, Running, start
from tests.engines import config_of, itself


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.kill()


@pytest.fixture
def connected(server: Running, written: Callable[[str], Path]) -> Callable[..., Path]:
    """Writes a configuration that connects to the server."""

    def of(database: str, password: str = PASSWORD) -> Path:
        connection = {"port": server.port, "database": database, "username": USER, "password": password}
        return written(json.dumps({"connections": {"clickhouse": connection}}))

    return of


@pytest.fixture(scope="module")
def measured(server: Running) -> str:
    """The name of a database that holds four metric points, one of them in two versions."""
    database = "measured"
    migrate(config_of("", server, database), itself)
    client = server.client(database=database)
    end = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
    shared = {"part": "", "day": end.date(), "window_end": end, "definition_version": 1, "linked_share": 1.0}
    place = {"kafka_partition": 0, "kafka_offset": 0, "version": 1}
    nothing = dict.fromkeys(("p50", "p75", "p90", "p95", "numerator", "denominator"))
    rows = [
        {"scope_kind": kind, "scope": scope, "metric": metric, "window": window, "value": value, "sample_size": size}
        for kind, scope, metric, window, value, size in (
            ("service", "shop", "cycle_time", "7d", 90_000.0, 3),
            ("service", "shop", "gate_pass_rate", "24h", None, 0),
            ("team", "web", "gate_pass_rate", "7d", 0.75, 4),
            ("org", "org", "gate_pass_rate", "7d", 0.5, 8),
        )
    ]
    full = [{**shared, **place, **nothing, **row} for row in rows]
    full.append({**full[0], "value": 60_000.0, "p50": 60_000, "p95": 120_000, "version": 2})
    client.execute(f"INSERT INTO metrics ({', '.join(full[0])}) VALUES", full)
    client.disconnect()
    return database


def test_metrics_are_an_array_of_metric_points(run: Run, connected: Callable[..., Path], measured: str) -> None:
    ended = run("metrics", "--json", "--config", connected(measured))
    assert (ended.returncode, ended.stderr) == (0, "")
    points = json.loads(ended.stdout)
    assert {frozenset(point) for point in points} == {frozenset(MetricPoint.model_fields)}
    by_scope = {(point["scope"]["kind"], point["scope"]["name"], point["metric"]): point for point in points}
    assert len(by_scope) == len(points) == 4
    newest = by_scope["service", "shop", "cycle_time"]
    assert (newest["value"], newest["p95"], newest["window_end"]) == (60_000, 120_000, "2026-03-02T12:05:00Z")
    assert by_scope["service", "shop", "gate_pass_rate"]["value"] is None


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--service", "shop"], 2),
        (["--team", "web"], 1),
        (["--org"], 1),
        (["--window", "24h"], 1),
        (["--team", "web", "--window", "24h"], 0),
    ],
)
def test_metrics_are_chosen_by_scope_and_window(
    run: Run, connected: Callable[..., Path], measured: str, words: list[str], count: int
) -> None:
    ended = run("metrics", "--json", "--config", connected(measured), *words)
    assert len(json.loads(ended.stdout)) == count


def test_metrics_for_people_have_titles_and_units(run: Run, connected: Callable[..., Path], measured: str) -> None:
    ended = run("metrics", "--config", connected(measured), "--service", "shop")
    assert ended.returncode == 0
    assert "Cycle time" in ended.stdout
    assert "1m " in ended.stdout
    assert " 0.0%" not in ended.stdout, "no data is no value, never 0"


@pytest.mark.parametrize(
    ("database", "password", "said"),
    [
        ("nowhere", PASSWORD, "has no tables of pipegauge in 'nowhere'; run `pipegauge migrate`"),
        ("measured", "wrong", "refuses 'gauge'; correct connections.clickhouse's username and password"),
    ],
    ids=["not migrated", "wrong password"],
)
def test_what_clickhouse_refuses_comes_with_its_remedy(
    run: Run, connected: Callable[..., Path], database: str, password: str, said: str
) -> None:
    assert said in is_one_line(run("metrics", "--config", connected(database, password)), 1)
