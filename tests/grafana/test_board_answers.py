"""The board's addresses, answered by the process itself."""

import urllib.request
from pathlib import Path

import pytest

from tests.embedded.clickhouse_process import start
from tests.grafana.board_process import Board, config_for, start_board


def test_home_leads_to_the_delivery_board(full_board: Board) -> None:
    with urllib.request.urlopen(f"{full_board.url}/?var-team=web&from=now-7d", timeout=10) as answer:
        assert answer.url == f"{full_board.url}/d/delivery?var-team=web&from=now-7d"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        page = answer.read().decode()
    assert "<script>" not in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/d/unknown", 404, "there are: delivery, pipegauge"),
        ("/api/boards/delivery/query?panel=9999", 404, "no panel '9999'"),
        ("/api/boards/delivery/query?panel=SELECT+1", 404, "no panel"),
        ("/api/boards/delivery/query?panel=1&from=yesterday", 400, "now-7d"),
        ("/api/boards/delivery/query?panel=1&from=now&to=now-1h", 400, "swap"),
    ],
)
def test_what_cannot_be_answered_says_why(full_board: Board, path: str, status: int, said: str) -> None:
    answered, problem = full_board.get(path)
    assert answered == problem["status"] == status
    assert said in problem["detail"]


def test_only_get_is_answered(full_board: Board) -> None:
    request = urllib.request.Request(f"{full_board.url}/api/boards/delivery/query?panel=1", method="POST", data=b"")
    with pytest.raises(urllib.request.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 405


def test_variables_have_the_options_of_the_chosen_team(full_board: Board) -> None:
    assert full_board.get("/api/boards/delivery/variables")[1] == {
        "team": ["money", "shopping"],
        "service": ["checkout", "ledger", "search"],
    }
    assert full_board.get("/api/boards/delivery/variables?var-team=shopping")[1]["service"] == ["checkout", "search"]


def test_status_tells_the_freshness_of_what_is_stored(full_board: Board, empty_board: Board) -> None:
    status, values = full_board.get("/status")
    assert status == 200
    assert {"version", "lag", "dirty", "spool_depth", "freshness"} <= values.keys()
    assert values["freshness"] > 0
    assert empty_board.get("/status")[1]["freshness"] is None
    assert full_board.get("/health/ready")[0] == 200


def test_a_board_outlives_clickhouse_and_finds_it_again(tmp_path: Path) -> None:
    clickhouse = start(tmp_path / "clickhouse")
    board = start_board(config_for(clickhouse, "default"), tmp_path / "board.log")
    try:
        clickhouse.kill()
        assert board.get("/health/live")[0] == 200
        assert board.get("/health/ready")[0] == 503
        assert board.get("/status")[1]["freshness"] is None
        assert "cannot be reached" in board.get("/api/boards/delivery/query?panel=1")[1]["detail"]
    finally:
        assert board.stop() == 0
        if clickhouse.process.poll() is None:
            clickhouse.kill()
