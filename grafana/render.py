"""Boards as the files that Grafana imports."""

import json
from collections.abc import Callable

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from grafana.boards import delivery, pipegauge
from grafana.boards.parts import SQL

BOARDS: tuple[Callable[[SQL], dashboard.Dashboard], ...] = (delivery.board, pipegauge.board)


def render_boards(sql: SQL) -> dict[str, str]:
    """The text of each dashboard file by its path within the folder `grafana`. The same SQL gives the same bytes."""
    files = {}
    for board in BOARDS:
        made = board(sql)
        _number(made)
        files[f"dashboards/{made.uid}.json"] = json.dumps(made, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"
    return files


def _number(board: dashboard.Dashboard) -> None:
    for number, panel in enumerate(board.panels or [], start=1):
        panel.id_val = number
