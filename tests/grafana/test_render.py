"""The generic rules of grafana/dashboard-linter, and our own, on the committed dashboards."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.configuration import load
from grafana.rendering import FOLDER, check, render_all

KNOWN_UNITS = {"ms", "s", "percentunit", "short", "none", "dateTimeFromNow", "dateTimeAsIso"}
FILES = sorted((FOLDER / "dashboards").glob("*.json"))
RULES = load(FOLDER.parent / "deploy/demo/pipegauge.yaml").alerts
SOURCE = {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(Path(request.param).read_text("utf-8"))
    return values


def panels_of(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def annotations_of(board: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = board["annotations"].get("list", [])
    return found


def test_the_committed_files_are_what_the_code_renders() -> None:
    assert check(RULES) == [], "run `pipegauge grafana render` and commit what it writes"


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render_all(RULES) == render_all(RULES)


def test_every_panel_file_is_on_a_board() -> None:
    boards = [json.loads(file.read_text("utf-8")) for file in FILES]
    shown = {panel["targets"][0]["rawSql"] for board in boards for panel in panels_of(board)}
    shown |= {annotation["target"]["rawSql"] for board in boards for annotation in annotations_of(board)}
    unused = [file.name for file in (FOLDER / "panels").glob("*.sql") if file.read_text("utf-8") not in shown]
    assert unused == []


def test_uids_are_unique() -> None:
    uids = [json.loads(file.read_text("utf-8"))["uid"] for file in FILES]
    assert len(uids) == len(set(uids))


def test_a_board_is_classic_read_only_and_named_after_its_file(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] <= 41
    assert board["editable"] is False
    assert board["tags"]
    assert f"dashboards/{board['uid']}.json" in render_all(RULES)


def test_variables_are_named_labelled_and_follow_the_time_range(board: dict[str, Any]) -> None:
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert variables["datasource"]["label"] == "Data source"
    assert variables["datasource"]["query"] == SOURCE["type"]
    for name in variables.keys() - {"datasource"}:
        assert variables[name]["label"]
        assert variables[name]["type"] == "query"
        assert variables[name]["refresh"] == 2
        assert variables[name]["multi"]
        assert variables[name]["includeAll"]
        assert variables[name]["datasource"] == SOURCE


def test_every_panel_explains_itself(board: dict[str, Any]) -> None:
    for panel in panels_of(board):
        assert panel["title"]
        about, filled_by = panel["description"].split("\n\nEmpty? ")
        assert about.endswith(".")
        assert filled_by.endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"] in KNOWN_UNITS
        assert panel["fieldConfig"]["defaults"]["noValue"] == "—"


def test_every_panel_reads_the_chosen_data_source(board: dict[str, Any]) -> None:
    for panel in panels_of(board):
        assert panel["datasource"] == SOURCE
        assert [target["datasource"] for target in panel["targets"]] == [SOURCE]
        assert panel["targets"][0]["format"] == (0 if panel["targets"][0]["queryType"] == "timeseries" else 1)


def test_units_of_columns_are_known_and_their_columns_exist(board: dict[str, Any]) -> None:
    for panel in panels_of(board):
        sql = panel["targets"][0]["rawSql"]
        for override in panel["fieldConfig"]["overrides"]:
            name = override["matcher"]["options"]
            column, value = rf'AS "?{re.escape(name)}"?\b', f"'{name}'"  # a series is named by a column or by a label
            is_label = "displayName" in panel["fieldConfig"]["defaults"] or value in sql
            assert re.search(column, sql) or is_label, f"{panel['title']} has no column {name}"
            assert {p["value"] for p in override["properties"] if p["id"] == "unit"} <= KNOWN_UNITS


TABLES_OF_A_SOURCE = ("deliveries", "dead_letters")
"""What has no service yet."""


def test_raw_tables_are_read_within_the_time_range_and_the_chosen_scope(board: dict[str, Any]) -> None:
    variables = {variable["name"] for variable in board["templating"]["list"]}
    asked = {panel["title"]: panel["targets"][0]["rawSql"] for panel in panels_of(board)}
    asked |= {annotation["name"]: annotation["target"]["rawSql"] for annotation in annotations_of(board)}
    for title, sql in asked.items():
        if re.search(r"FROM (deliveries|events|observations|dead_letters|alerts)\b", sql):
            assert "$__timeFilter(" in sql or "$__toTime" in sql, title
        if title in ("Rows per second", "Rows stored per second"):
            continue  # of all tables: their descriptions say so
        of_source = any(f"FROM {table}" in sql for table in TABLES_OF_A_SOURCE)
        names = variables & ({"source"} if of_source else {"service", "team"})
        for name in names:
            assert f"${{{name}:singlequote}})" in sql, f"{title} is not narrowed by {name}"


def test_boards_lead_to_each_other_within_the_same_time_range(board: dict[str, Any]) -> None:
    uids = {file.stem for file in FILES} - {board["uid"]}
    assert {link["url"] for link in board["links"]} == {f"/d/{uid}" for uid in uids}
    assert all(link["keepTime"] and link["title"] for link in board["links"])


def test_annotations_are_queries_of_the_chosen_data_source(board: dict[str, Any]) -> None:
    for annotation in annotations_of(board):
        assert annotation["datasource"] == annotation["target"]["datasource"] == SOURCE
        assert (annotation["enable"], annotation["hide"]) == (True, False)
        assert annotation["target"]["format"] == 1


def test_panels_do_not_overlap(board: dict[str, Any]) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} covers {taken[x, y]}"
                taken[x, y] = panel["title"]


def test_the_red_line_of_ten_minutes_is_on_every_panel_of_pipeline_p95(board: dict[str, Any]) -> None:
    for panel in panels_of(board):
        if panel["title"] in ("Pipeline p95", "Pipeline duration", "Slowest pipelines"):
            steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
            assert steps[-1] == {"value": 600_000, "color": "red"}


def test_the_provisioned_data_source_has_the_uid_of_the_boards_and_no_password() -> None:
    text = (FOLDER / "provisioning/datasources/pipegauge.yaml").read_text("utf-8")
    (source,) = yaml.safe_load(text)["datasources"]
    assert source["uid"] == "pipegauge-clickhouse"
    assert source["type"] == SOURCE["type"]
    assert source["jsonData"]["protocol"] == "native"
    assert source["secureJsonData"]["password"].startswith("${")
