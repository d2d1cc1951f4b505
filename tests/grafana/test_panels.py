"""Every panel's SQL, expanded, on the real engine: with and without data, for any range and scope."""

import json
import statistics
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from clickhouse_driver import Client

from grafana.board.boards import Board, Panel, View, view
from grafana.board.database import Database, QueryError, Result
from grafana.board.serving import committed_boards
from schemas.config import Config
from schemas.connections import client_arguments
from tests.embedded.clickhouse_process import READER, READER_PASSWORD, Running
from tests.grafana.fortnight import EPOCH, Row, Rows

BOARDS = committed_boards()
BOARD, SYSTEM = BOARDS["delivery"], BOARDS["pipegauge"]
MODELS = [model for board in BOARDS.values() for model in json.loads(board.text)["panels"] if model["type"] != "row"]
PANELS = {model["targets"][0]["rawSql"]: model for model in MODELS}
ALL = [(board, panel) for board in BOARDS.values() for panel in board.panels.values()]
UNPLACED = ("Unplaced events", "Events that no service claims")
SCOPES = [
    {},
    {"var-service": ["checkout"]},
    {"var-team": ["shopping"]},
    {"var-source": ["github"]},
    {"var-team": ["money"], "var-service": ["a'b\\"], "var-source": ["a'b\\"]},
]
RANGES = ["now-5m", "now-24h", "now-7d", "now-90d", "now-40y"]


def database(config: Config) -> Database:
    connection = config.connections.clickhouse
    arguments = client_arguments(connection, connection.password)
    return Database(lambda: Client(**arguments))


@pytest.fixture(scope="module")
def full(full_config: Config) -> Database:
    return database(full_config)


@pytest.fixture(scope="module")
def empty(empty_config: Config) -> Database:
    return database(empty_config)


@pytest.fixture(params=ALL, ids=lambda pair: f"{pair[0].uid}-{pair[1].id}-{pair[1].title}")
def shown(request: pytest.FixtureRequest) -> tuple[Board, Panel]:
    chosen: tuple[Board, Panel] = request.param
    return chosen


def views(board: Board, now: datetime) -> Iterator[View]:
    for scope in SCOPES:
        for start in RANGES:
            yield view(board, {**scope, "from": [start]}, now)


def titled(title: str, board: Board = BOARD) -> Panel:
    return next(panel for panel in board.panels.values() if panel.title == title)


def test_a_panel_runs_for_any_range_and_scope(shown: tuple[Board, Panel], full: Database, now: datetime) -> None:
    board, panel = shown
    for chosen in views(board, now):
        full.query(chosen.panel_sql(panel))


def test_a_panel_without_data_is_empty_and_not_zero(shown: tuple[Board, Panel], empty: Database, now: datetime) -> None:
    board, panel = shown
    for chosen in views(board, now):
        assert list(empty.query(chosen.panel_sql(panel)).rows) == []


def test_a_panel_has_the_columns_that_its_fields_name(
    shown: tuple[Board, Panel], full: Database, now: datetime
) -> None:
    board, panel = shown
    result = full.query(view(board, {}, now).panel_sql(panel))
    names = [name for name, _ in result.columns]
    labels = {str(cell) for row in result.rows for cell in row[1:2]}
    assert result.rows or panel.title in UNPLACED
    for override in PANELS[panel.sql]["fieldConfig"]["overrides"]:
        assert override["matcher"]["options"] in {*names, *labels}
    for name, type_ in result.columns:
        assert "DateTime" not in type_ or "'UTC'" in type_, f"{name} depends on the server's time zone"
    if PANELS[panel.sql]["targets"][0]["format"] == 0:
        assert names[0] == "time"


def milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)  # ClickHouse cuts microseconds off, and rounds nothing


def values(rows: Rows, metric: str, part: str | None, since: datetime, until: datetime, **scope: str) -> list[int]:
    """Sorted values of the synthetic facts, computed without SQL."""
    found = [
        row["value"]
        for row in rows.observations
        if row["metric"] == metric and row["weight"] and (part is None or row["part"] == part)
        if since <= row["at"] <= until and all(row[key] == value for key, value in scope.items())
    ]
    return sorted(found)


def exact(found: list[int], level: float) -> int:
    return found[min(int(len(found) * level), len(found) - 1)]


def last(result: Result) -> Any:
    return result.rows[-1][-1]


def first(result: Result) -> Any:
    return result.rows[0][-1]


def test_the_headlines_equal_a_computation_without_sql(full: Database, rows: Rows, now: datetime) -> None:
    week = now.replace(microsecond=0) - timedelta(days=7)
    chosen = view(BOARD, {}, now)
    changes = values(rows, "cycle_time", "", week, now)
    runs = values(rows, "pipeline_duration", None, week, now)
    gates = values(rows, "gate_pass_rate", None, week, now)

    def drawn(title: str) -> Any:
        return last(full.query(chosen.panel_sql(titled(title))))

    assert drawn("Cycle time") == exact(changes, 0.5)
    assert drawn("Pipeline p50") == exact(runs, 0.5)
    assert drawn("Pipeline p95") == exact(runs, 0.95)
    assert drawn("Within 10 min") == sum(run <= 600_000 for run in runs) / len(runs)
    assert drawn("Gate pass rate") == pytest.approx(statistics.mean(gates))


def test_a_headline_starts_with_the_range_before(full: Database, rows: Rows, now: datetime) -> None:
    week = timedelta(days=7)
    until = now.replace(microsecond=0) - week
    before = values(rows, "cycle_time", "", until - week, until, service="search")
    result = full.query(view(BOARD, {"var-service": ["search"]}, now).panel_sql(titled("Cycle time")))
    assert len(result.rows) == 25
    assert first(result) == exact(before, 0.5)


def test_a_team_is_the_sum_of_its_services(full: Database, now: datetime) -> None:
    by_team = full.query(view(BOARD, {"var-team": ["shopping"]}, now).panel_sql(titled("Services")))
    by_service = full.query(view(BOARD, {"var-service": ["checkout", "search"]}, now).panel_sql(titled("Services")))
    assert [row[:2] for row in by_team.rows] == [["checkout", "shopping"], ["search", "shopping"]]
    assert by_team.rows == by_service.rows


def test_the_stages_add_up_to_the_mean_cycle_time(full: Database, rows: Rows, now: datetime) -> None:
    chosen = view(BOARD, {"from": ["now-14d"]}, now)
    for time, *stages in full.query(chosen.panel_sql(titled("Where the time goes"))).rows:
        start = datetime.fromtimestamp(int(str(time)) / 1_000, now.tzinfo)
        end = start + timedelta(milliseconds=chosen.interval_ms(titled("Where the time goes")), microseconds=-1)
        totals = values(rows, "cycle_time", "", max(start, chosen.range.start), end)
        assert sum(float(str(stage)) for stage in stages) == pytest.approx(statistics.mean(totals))


def test_an_alert_is_shown_as_it_is_now_and_is_gone_once_it_is_resolved(full: Database, now: datetime) -> None:
    """One of the organisation fires still; one of checkout has fired and is resolved."""
    shown = full.query(view(BOARD, {"from": ["now-5m"]}, now).panel_sql(titled("Alerts"))).rows
    assert [row[:3] for row in shown] == [
        ["firing", "Firing: org, Pipeline duration p95 is 11m 40s, above 10m", "failing"]
    ]
    chosen = view(BOARD, {"var-team": ["money"]}, now)
    assert list(full.query(chosen.panel_sql(titled("Alerts"))).rows) == []


def test_a_window_without_data_stays_null(full: Database, now: datetime) -> None:
    result = full.query(view(BOARD, {}, now).panel_sql(titled("Cycle time, median")))
    assert [row[0] for row in result.rows][:3] == ["everybody", "team money", "team shopping"]
    assert [name for name, _ in result.columns][1] == "1h"
    assert {row[1] for row in result.rows} == {None}


def test_the_slowest_changes_lead_to_their_address(full: Database, rows: Rows, now: datetime) -> None:
    result = full.query(view(BOARD, {}, now).panel_sql(titled("Slowest changes")))
    slowest = max(values(rows, "cycle_time", "", now - timedelta(days=7), now))
    assert result.rows[0][2] == slowest
    urls = {row["url"] for row in rows.events if row["type"] == "ChangeUpdated"}
    assert all(row[-1] in urls for row in result.rows)


def test_a_service_that_no_catalog_names_is_unassigned(full_config: Config, full: Database, rows: Rows) -> None:
    connection = full_config.connections.clickhouse
    client = Client(**client_arguments(connection, connection.password))
    stray: Row = {
        **rows.events[0],
        "service": "stray",
        "occurred_at": datetime(2020, 1, 1),
        "received_at": datetime(2026, 1, 1),
    }
    client.execute(f"INSERT INTO events ({', '.join(stray)}) VALUES", [stray])
    try:
        teams = full.query("SELECT service, team FROM service_teams ORDER BY service").rows
    finally:
        client.execute("ALTER TABLE events DELETE WHERE service = 'stray' SETTINGS mutations_sync = 1")
    assert list(teams) == [
        ["checkout", "shopping"],
        ["ledger", "money"],
        ["search", "shopping"],
        ["stray", "unassigned"],
    ]


def test_the_system_s_numbers_equal_a_computation_without_sql(full: Database, rows: Rows, now: datetime) -> None:
    chosen = view(SYSTEM, {"from": ["now-15d"]}, now)

    def only(title: str) -> Any:
        return last(full.query(chosen.panel_sql(titled(title, SYSTEM))))

    outcomes = [row["outcome"] for row in rows.deliveries]
    delays = sorted(milliseconds(row["stored_at"]) - milliseconds(row["received_at"]) for row in rows.deliveries)
    assert only("Deliveries") == len(outcomes)
    assert only("Mapped") == outcomes.count("accepted") / (len(outcomes) - outcomes.count("ignored"))
    assert only("Stored p50") == exact(delays, 0.5)
    assert only("Stored p99") == exact(delays, 0.99)
    assert only("Dead letters") == len(rows.dead_letters)


def test_an_event_that_no_service_claims_is_counted_and_named(
    full_config: Config, full: Database, rows: Rows, now: datetime
) -> None:
    connection = full_config.connections.clickhouse
    client = Client(**client_arguments(connection, connection.password))
    at = now - timedelta(days=20)
    stray: Row = {**rows.events[0], "service": "acme/stray", "occurred_at": at, "received_at": at}
    client.execute(f"INSERT INTO events ({', '.join(stray)}) VALUES", [stray])
    chosen = view(SYSTEM, {"from": ["now-1h"]}, at + timedelta(minutes=1))
    try:
        count, named = (full.query(chosen.panel_sql(titled(title, SYSTEM))).rows for title in UNPLACED)
    finally:
        client.execute("ALTER TABLE events DELETE WHERE service = 'acme/stray' SETTINGS mutations_sync = 1")
    assert [list(row) for row in count] == [[1]]
    assert [row[0] for row in named] == ["acme/stray"]


@pytest.fixture(scope="module")
def as_grafana(clickhouse: Running) -> Iterator[Client]:
    """ClickHouse as Grafana's plugin reaches it: a user that may only read, with a time limit at each query."""
    limits = {"max_execution_time": 30}
    client = clickhouse.client(user=READER, password=READER_PASSWORD, database="full", settings=limits)
    yield client
    client.disconnect()


def test_grafana_s_user_that_may_only_read_runs_every_query(
    as_grafana: Client, full_config: Config, now: datetime
) -> None:
    for board in BOARDS.values():
        chosen = view(board, {"from": ["now-7d"], "var-service": ["checkout"]}, now)
        asked = [chosen.panel_sql(panel) for panel in board.panels.values()]
        asked += [chosen.options_sql(variable) for variable in board.variables]
        asked += [chosen.annotation_sql(annotation) for annotation in board.annotations]
        for sql in asked:
            as_grafana.execute(sql)


def test_the_board_cannot_write(full: Database) -> None:
    with pytest.raises(QueryError, match="readonly"):
        full.query("INSERT INTO services SELECT 'x', today(), 'y', 1")


def test_no_data_is_never_a_cell_that_json_cannot_hold(full: Database) -> None:
    assert full.query(
        "SELECT nan AS a, inf AS b, NULL AS c, toUUID('00000000-0000-0000-0000-000000000001') AS d"
    ).rows == [[None, None, None, "00000000-0000-0000-0000-000000000001"]]
