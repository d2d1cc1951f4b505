"""The committed dashboards as the web board reads them: panels with their SQL, variables with theirs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grafana.board.macros import ALL, expand
from grafana.board.timerange import TimeRange, interval_of, parse_interval, parse_range

# Grafana's own number where a panel names none depends on the screen; this one is a wide screen's.
DEFAULT_POINTS = 1_000


class UnknownError(LookupError):
    """A board or a panel that does not exist."""


@dataclass(frozen=True)
class Panel:
    """A panel with a query: `points` bounds the steps of its time series, each at least `least_ms` long."""

    id: int
    title: str
    sql: str
    points: int
    least_ms: int


@dataclass(frozen=True)
class Variable:
    """A variable that a query fills."""

    name: str
    sql: str


@dataclass(frozen=True)
class Annotation:
    """Marks over time that a query finds, in a colour of its own."""

    name: str
    colour: str
    sql: str


@dataclass(frozen=True)
class Board:
    """A dashboard: its committed text, and what of it runs on ClickHouse."""

    uid: str
    text: str
    panels: Mapping[int, Panel]
    variables: Sequence[Variable]
    annotations: Sequence[Annotation]
    start: str
    end: str


@dataclass(frozen=True)
class View:
    """What an address chooses of a board: values by variable, and a time range."""

    variables: Mapping[str, Sequence[str]]
    range: TimeRange

    def panel_sql(self, panel: Panel) -> str:
        """The SQL of a panel, ready to run. Raises macros.MacroError."""
        return expand(panel.sql, self.variables, self.range, self.interval_ms(panel))

    def interval_ms(self, panel: Panel) -> int:
        """The step of the panel's time series."""
        return interval_of(self.range, panel.points, panel.least_ms)

    def annotation_sql(self, annotation: Annotation) -> str:
        """The SQL of an annotation's marks, ready to run. Raises macros.MacroError."""
        return expand(annotation.sql, self.variables, self.range, 1_000)

    def options_sql(self, variable: Variable) -> str:
        """The SQL of a variable's options, ready to run. Raises macros.MacroError."""
        return expand(variable.sql, self.variables, self.range, 1_000)


def read_board(text: str) -> Board:
    """A board from a dashboard's JSON."""
    values = json.loads(text)
    panels = [_panel(panel) for panel in values["panels"] if panel["type"] != "row"]
    variables = [
        Variable(variable["name"], variable["query"]["rawSql"])
        for variable in values["templating"]["list"]
        if variable["type"] == "query"
    ]
    annotations = [
        Annotation(annotation["name"], annotation["iconColor"], annotation["target"]["rawSql"])
        for annotation in values["annotations"].get("list", ())
    ]
    by_id = {panel.id: panel for panel in panels}
    start, end = values["time"]["from"], values["time"]["to"]
    return Board(values["uid"], text, by_id, variables, annotations, start, end)


def view(board: Board, parameters: Mapping[str, Sequence[str]], now: datetime) -> View:
    """What the parameters of an address choose: Grafana's `var-NAME` (repeated for several values), `from`, `to`.

    Raises timerange.TimeRangeError.
    """
    chosen = {
        variable.name: tuple(value for value in parameters.get(f"var-{variable.name}", ()) if value) or (ALL,)
        for variable in board.variables
    }
    start = next(iter(parameters.get("from", ())), "") or board.start
    end = next(iter(parameters.get("to", ())), "") or board.end
    return View(chosen, parse_range(start, end, now))


def panel_of(board: Board, text: str) -> Panel:
    """The panel with the id that an address names. Raises UnknownError."""
    panel = board.panels.get(int(text)) if text.isdecimal() and len(text) < 10 else None
    if panel is None:
        raise UnknownError(f"the board {board.uid} has no panel {text!r}")
    return panel


def _panel(values: dict[str, Any]) -> Panel:
    least = parse_interval(values["interval"]) if "interval" in values else 1
    points = int(values.get("maxDataPoints") or DEFAULT_POINTS)
    return Panel(values["id"], values["title"], values["targets"][0]["rawSql"], points, least)
