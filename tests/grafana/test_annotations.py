"""What the boards mark over time: the SQL of their annotations, on the real engine."""

from datetime import datetime
from typing import Any

import pytest

from grafana.board.boards import Annotation, Board, view
from grafana.board.database import Database
from schemas.config import Config
from tests.grafana.fortnight import Rows
from tests.grafana.test_panels import BOARD, BOARDS, database, milliseconds, views

MARKS = [(board, annotation) for board in BOARDS.values() for annotation in board.annotations]


@pytest.fixture(scope="module")
def full(full_config: Config) -> Database:
    return database(full_config)


@pytest.fixture(scope="module")
def empty(empty_config: Config) -> Database:
    return database(empty_config)


@pytest.mark.parametrize(("board", "marks"), MARKS, ids=lambda one: getattr(one, "name", getattr(one, "uid", "")))
def test_annotations_run_for_any_range_and_scope(
    board: Board, marks: Annotation, full: Database, empty: Database, now: datetime
) -> None:
    for chosen in views(board, now):
        full.query(chosen.annotation_sql(marks))
        assert list(empty.query(chosen.annotation_sql(marks)).rows) == []
    columns = dict(full.query(view(board, {}, now).annotation_sql(marks)).columns)
    assert {"time", "title", "text", "tags"} <= columns.keys() <= {"time", "timeEnd", "title", "text", "tags"}
    assert all("'UTC'" in columns[name] for name in columns.keys() & {"time", "timeEnd"})


def marked(name: str, database: Database, now: datetime, **parameters: list[str]) -> list[dict[str, Any]]:
    marks = next(annotation for annotation in BOARD.annotations if annotation.name == name)
    addressed = {"var-service": [], "from": ["now-14d"], **{key.replace("_", "-"): v for key, v in parameters.items()}}
    result = database.query(view(BOARD, addressed, now).annotation_sql(marks))
    return [dict(zip([name for name, _ in result.columns], row, strict=True)) for row in result.rows]


def test_deployments_to_production_are_marked(full: Database, rows: Rows, now: datetime) -> None:
    deployed = [row for row in rows.events if row["type"] == "DeploymentUpdated" and row["service"] == "search"]
    found = marked("Deployments", full, now, var_service=["search"])
    assert len(found) == len(deployed)
    assert {mark["title"] for mark in found} == {"Deployed search"}


def test_an_alert_is_marked_from_its_begin_to_its_end_or_until_now(full: Database, rows: Rows, now: datetime) -> None:
    found = {mark["title"]: mark for mark in marked("Alerts", full, now)}
    assert set(found) == {"slow: checkout, ci", "failing: everybody"}
    begin, _, end = (row["at"] for row in rows.alerts if row["rule"] == "slow")
    over, firing = found["slow: checkout, ci"], found["failing: everybody"]
    assert over["time"] == milliseconds(begin)
    assert over["timeEnd"] == milliseconds(end)
    assert over["text"] == "resolved: too slow"
    assert firing["timeEnd"] == pytest.approx(milliseconds(now), abs=1_000)
    assert [mark["title"] for mark in marked("Alerts", full, now, var_team=["money"])] == []
    assert [mark["title"] for mark in marked("Alerts", full, now, var_team=["shopping"])] == ["slow: checkout, ci"]


def test_an_alert_that_was_over_before_the_range_is_not_marked(full: Database, now: datetime) -> None:
    assert [mark["title"] for mark in marked("Alerts", full, now, **{"from": ["now-1h"]})] == ["failing: everybody"]
