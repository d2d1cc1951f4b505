"""The rules of `alerts:` as Grafana's: their SQL on the engine, their files, what people are told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from clickhouse_driver import Client

from deploy.configuration import load
from grafana.alerting import absence_sql, api_rules, provisioning_file, rule_uid, value_sql
from grafana.board.database import Database
from grafana.rendering import FOLDER
from schemas.alert_rules import AlertRule
from schemas.config import Config
from schemas.connections import client_arguments
from tests.grafana.fortnight import Row, Rows

PANELS = {"pipeline_duration": ("delivery", 17)}


def rule(**values: Any) -> AlertRule:
    return AlertRule.model_validate({"name": "slow", "metric": "pipeline_duration", "threshold": "10m", **values})


@pytest.fixture(scope="module")
def client(full_config: Config) -> Client:
    connection = full_config.connections.clickhouse
    return Client(**client_arguments(connection, connection.password))


@pytest.fixture(scope="module")
def full(full_config: Config) -> Database:
    connection = full_config.connections.clickhouse
    arguments = client_arguments(connection, connection.password)
    return Database(lambda: Client(**arguments))


def newest(rows: Rows, metric: str, part: str, window: str, kind: str) -> dict[str, Row]:
    return {
        row["scope"]: row
        for row in rows.metrics
        if (row["metric"], row["part"], row["window"], row["scope_kind"]) == (metric, part, window, kind)
    }


def test_a_number_of_each_service_is_the_window_s_own(full: Database, rows: Rows) -> None:
    asked = rule(value="p95", part="ci", window="24h", scope={"each": "service"})
    result = full.query(value_sql(asked))
    points = newest(rows, "pipeline_duration", "ci", "24h", "service")
    assert [name for name, _ in result.columns] == ["service", "part", "seconds"]
    assert [list(row) for row in result.rows] == [[s, "ci", points[s]["p95"] / 1_000] for s in sorted(points)]


@pytest.mark.parametrize(
    ("scope", "labels"),
    [
        ({"service": "checkout"}, ["checkout"]),
        ({"team": "money"}, ["money"]),
        ({"org": True}, ["org"]),
        ({"each": "team"}, ["money", "shopping"]),
        ({"each": "service"}, ["checkout", "ledger", "search"]),
        ({"each": "service", "team": "shopping"}, ["checkout", "search"]),
        ({"service": "no 'such' \\ service"}, []),
    ],
)
def test_every_scope_asks_for_its_own_rows(full: Database, scope: dict[str, Any], labels: list[str]) -> None:
    asked = rule(part="*", window="7d", scope=scope)
    assert [row[0] for row in full.query(value_sql(asked)).rows] == labels
    assert [row[0] for row in full.query(absence_sql(asked)).rows] == labels


@pytest.mark.parametrize("value", ["value", "p50", "p75", "p90", "p95", "linked_share", "sample_size"])
@pytest.mark.parametrize(("metric", "part"), [("gate_pass_rate", "lint"), ("cycle_time", ""), ("of another day", "*")])
def test_every_value_of_every_metric_is_one_number(full: Database, value: str, metric: str, part: str) -> None:
    result = full.query(value_sql(rule(metric=metric, part=part, value=value, window="28d", threshold=1)))
    assert all(isinstance(row[-1], float) or row[-1] is None for row in result.rows)
    assert result.columns[-1][1] in ("Float64", "Nullable(Float64)")


def test_a_small_sample_says_nothing(full: Database, rows: Rows) -> None:
    sizes = {s: row["sample_size"] for s, row in newest(rows, "gate_pass_rate", "lint", "1h", "service").items()}
    least = sorted(sizes.values())[1]
    asked = rule(metric="gate_pass_rate", part="lint", window="1h", threshold=0.5, min_sample=least)
    assert [row[0] for row in full.query(value_sql(asked)).rows] == sorted(s for s in sizes if sizes[s] >= least)


def test_an_empty_window_has_no_number_and_counts_no_subjects(full: Database) -> None:
    asked = rule(metric="cycle_time", window="1h", absent_for="2h")
    assert list(full.query(value_sql(asked)).rows) == []
    assert {tuple(row) for row in full.query(absence_sql(asked)).rows} == {
        ("checkout", 0.0),
        ("ledger", 0.0),
        ("search", 0.0),
    }


def test_the_newest_point_decides_also_if_it_is_empty(
    full: Database, client: Client, rows: Rows, now: datetime
) -> None:
    old = next(row for row in rows.metrics if row["metric"] == "cycle_time" and row["window"] == "7d")
    measured = {**old, "scope": "gone", "scope_kind": "service", "day": (now - timedelta(days=3)).date()}
    measured["window_end"] = old["window_end"] - timedelta(days=3)
    emptied = {**measured, "day": old["day"], "window_end": old["window_end"], "value": None, "sample_size": 0}
    client.execute(f"INSERT INTO metrics ({', '.join(measured)}) VALUES", [measured, emptied])
    try:
        asked = rule(metric="cycle_time", window="7d", scope={"service": "gone"})
        assert list(full.query(value_sql(asked)).rows) == []
        assert [list(row) for row in full.query(absence_sql(asked)).rows] == [["gone", 0.0]]
    finally:
        client.execute("ALTER TABLE metrics DELETE WHERE scope = 'gone' SETTINGS mutations_sync = 1")


def test_the_share_of_linked_subjects_is_a_number_where_none_could_be_linked(
    full: Database, client: Client, rows: Rows
) -> None:
    old = next(row for row in rows.metrics if row["metric"] == "cycle_time" and row["window"] == "7d")
    unlinked = {**old, "scope": "unlinked", "scope_kind": "service", "value": None, "sample_size": 0}
    client.execute(f"INSERT INTO metrics ({', '.join(unlinked)}) VALUES", [unlinked | {"linked_share": 0.0}])
    try:
        asked = rule(
            metric="cycle_time", value="linked_share", window="7d", threshold=0.8, scope={"service": "unlinked"}
        )
        assert [list(row) for row in full.query(value_sql(asked)).rows] == [["unlinked", 0.0]]
    finally:
        client.execute("ALTER TABLE metrics DELETE WHERE scope = 'unlinked' SETTINGS mutations_sync = 1")


def test_a_rule_compares_as_ours_does_and_clears_where_ours_does() -> None:
    [made] = api_rules(rule(operator=">", clear_at="9m", **{"for": "5m"}), PANELS)
    assert made["data"][2]["model"]["conditions"] == [
        {"evaluator": {"type": "gt", "params": [600]}, "unloadEvaluator": {"type": "lte", "params": [540]}}
    ]
    assert (made["for"], made["condition"], made["noDataState"]) == ("300s", "C", "OK")
    assert [query["datasourceUid"] for query in made["data"]] == ["pipegauge-clickhouse", "__expr__", "__expr__"]
    assert [query["model"].get("expression") for query in made["data"]] == [None, "A", "B"]


def test_absence_is_a_rule_of_its_own_that_fires_without_data() -> None:
    _, absent = api_rules(rule(absent_for="2h"), PANELS)
    assert (absent["title"], absent["for"], absent["noDataState"]) == ("slow-Absent", "7200s", "Alerting")
    assert absent["data"][2]["model"]["conditions"] == [{"evaluator": {"type": "lt", "params": [1]}}]
    assert absent["annotations"]["summary"].startswith("Nothing was measured for 2 h: Pipeline duration of")


def test_uids_are_short_enough_fixed_and_different() -> None:
    names = ["a", "a_b", "b" * 30, "b" * 31, "b" * 99 + "c", "b" * 99 + "d"]
    uids = [rule_uid(name) for name in names]
    assert uids[0] == "pipegauge-a"
    assert len(set(uids)) == len(names)
    assert max(map(len, uids)) == 40


def test_people_are_told_the_number_as_they_read_it_and_where_to_look() -> None:
    [made] = api_rules(rule(metric="gate_pass_rate", part="*", operator="<", threshold=0.8, severity="critical"), {})
    told = made["annotations"]
    assert told["summary"] == "Gate pass rate of {{ $labels.service }}, {{ $labels.part }} is below 80 %"
    assert "is {{ $values.B.Value | humanizePercentage }}: below 80 %." in told["description"]
    assert "See which gate lost" in told["runbook"]
    assert made["labels"] == {"managed_by": "pipegauge", "severity": "critical", "metric": "gate_pass_rate"}


def test_in_a_file_dollars_are_doubled_where_grafana_replaces_them() -> None:
    named = rule(route="$page", summary="{{ $labels.service }} is slow", part="*")
    [made] = yaml.safe_load(provisioning_file([named], PANELS))["groups"][0]["rules"]
    assert made["labels"]["route"] == "$$page"
    assert made["annotations"]["summary"] == "{{ $labels.service }} is slow", "annotations are not replaced"
    assert "${" not in str(made["annotations"]), "but for braces, in newer ones"
    assert made["data"] == api_rules(named, PANELS)[0]["data"]
    assert (made["dashboardUid"], made["panelId"]) == ("delivery", 17)
    assert not {"folderUID", "ruleGroup", "orgID"} & made.keys()


def test_without_rules_the_file_has_no_group() -> None:
    assert yaml.safe_load(provisioning_file([], {})) == {"apiVersion": 1, "groups": []}


def test_the_committed_rules_are_those_of_the_demo_and_their_sql_runs(full: Database) -> None:
    demo = load(FOLDER.parent / "deploy/demo/pipegauge.yaml").alerts
    [group] = yaml.safe_load((FOLDER / "provisioning/alerting/rules.yaml").read_text("utf-8"))["groups"]
    assert {one["title"].removesuffix("-Absent") for one in group["rules"]} == {one.name for one in demo}
    for one in group["rules"]:
        full.query(one["data"][0]["model"]["rawSql"])
