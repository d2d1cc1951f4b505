"""A panel's SQL made ready to run: the macros of Grafana's ClickHouse plugin and the board's variables.

The expansions are those of grafana/clickhouse-datasource 4.20: pkg/macros/macros.go, CHDatasource.applyConditionalAll.
Macros are expanded before variables, so that nothing in an address is ever read as a macro.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grafana.board.timerange import TimeRange

ALL = "$__all"

Variables = Mapping[str, Sequence[str]]
"""The chosen values of each variable; none, '' or `$__all` means all."""

_MACRO = re.compile(r"\$__(\w+)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)([A-Za-z]\w*)")
_NAME = re.compile(r"\$\{?(\w+)\}?")


class MacroError(ValueError):
    """SQL that uses a macro, a variable or a format that the board does not know."""


@dataclass(frozen=True)
class Expansion:
    """What a macro's text depends on; `interval_ms` is the step of a time series."""

    range: TimeRange
    interval_ms: int

    @property
    def seconds(self) -> int:
        """The step in whole seconds, at least one."""
        return max(self.interval_ms // 1_000, 1)


def expand(sql: str, variables: Variables, range_: TimeRange, interval_ms: int) -> str:
    """The SQL that Grafana would send to ClickHouse. Raises MacroError."""
    sql = _expand_macros(_conditional_all(sql, variables), Expansion(range_, interval_ms))
    return _interpolate(sql, variables)


def is_all(values: Sequence[str]) -> bool:
    """Whether the choice narrows nothing."""
    return not values or list(values) in ([""], ["All"]) or ALL in values  # "All" as Grafana once wrote it


def quoted(value: str) -> str:
    """A ClickHouse string literal; backslashes are escaped too, which Grafana's `singlequote` forgets."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _conditional_all(sql: str, variables: Variables) -> str:
    macro = "$__conditionalAll"
    # From the last to the first: an inner call is replaced before the one around it.
    while (start := sql.rfind(macro + "(")) != -1:
        arguments, end = _arguments(sql, start + len(macro))
        name = _NAME.fullmatch(arguments[-1].strip())
        if len(arguments) != 2 or name is None:
            raise MacroError(f"{sql[start:end]!r} needs a condition and a variable: $__conditionalAll(a = $b, $b)")
        condition = "1=1" if is_all(variables.get(name[1], ())) else arguments[0]
        sql = sql[:start] + condition + sql[end:]
    return sql


def _expand_macros(sql: str, expansion: Expansion) -> str:
    position = 0
    while match := _MACRO.search(sql, position):
        macro = _MACROS.get(match[1])
        if macro is None:
            raise MacroError(f"the board does not know the macro {match[0]}; it knows {', '.join(sorted(_MACROS))}")
        has_arguments = sql[match.end() : match.end() + 1] == "("
        arguments, end = _arguments(sql, match.end()) if has_arguments else ([], match.end())
        count, text = macro
        if len(arguments) != count:
            raise MacroError(f"{match[0]} takes {count} arguments, not {len(arguments)}")
        replacement = text(expansion, arguments)
        sql = sql[: match.start()] + replacement + sql[end:]
        position = match.start() + len(replacement)
    return sql


def _arguments(sql: str, start: int) -> tuple[list[str], int]:
    """The comma-separated texts within the bracket at `start`, and the position after it."""
    depth, begin = 0, start + 1
    arguments: list[str] = []
    for position in range(start, len(sql)):
        character = sql[position]
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return [*arguments, sql[begin:position]], position + 1
        elif character == "," and depth == 1:
            arguments.append(sql[begin:position])
            begin = position + 1
    raise MacroError(f"a bracket of {sql[start - 20 : start + 20]!r} is never closed")


def _interpolate(sql: str, variables: Variables) -> str:
    def value(match: re.Match[str]) -> str:
        name, form = match[1] or match[3], match[2]
        if name not in variables:
            raise MacroError(f"the board has no variable {name!r}")
        if form != "singlequote":
            raise MacroError(f"write ${{{name}:singlequote}}: any other form lets an address change the SQL")
        return ",".join(map(quoted, variables[name]))

    return _VARIABLE.sub(value, sql)


def _seconds(moment: datetime) -> str:
    return f"toDateTime({int(moment.timestamp())})"


def _milliseconds(moment: datetime) -> str:
    return f"fromUnixTimestamp64Milli({round(moment.timestamp() * 1_000)})"


def _date(moment: datetime) -> str:
    return f"toDate('{moment:%Y-%m-%d}')"


def _between(column: str, form: Callable[[datetime], str], range_: TimeRange) -> str:
    return f"{column} >= {form(range_.start)} AND {column} <= {form(range_.end)}"


def _date_time(expansion: Expansion, columns: Sequence[str]) -> str:
    date, time = columns
    return f"({_between(date, _date, expansion.range)}) AND ({_between(time, _seconds, expansion.range)})"


_Macro = Callable[[Expansion, Sequence[str]], str]
_MACROS: dict[str, tuple[int, _Macro]] = {
    "timeFilter": (1, lambda x, a: _between(a[0], _seconds, x.range)),
    "timeFilter_ms": (1, lambda x, a: _between(a[0], _milliseconds, x.range)),
    "dateFilter": (1, lambda x, a: _between(a[0], _date, x.range)),
    "dateTimeFilter": (2, _date_time),
    "dt": (2, _date_time),
    "timeFrom": (1, lambda x, a: f"{a[0]} >= {_seconds(x.range.start)}"),
    "timeTo": (1, lambda x, a: f"{a[0]} <= {_seconds(x.range.end)}"),
    "fromTime": (0, lambda x, a: _seconds(x.range.start)),
    "toTime": (0, lambda x, a: _seconds(x.range.end)),
    "fromTime_ms": (0, lambda x, a: _milliseconds(x.range.start)),
    "toTime_ms": (0, lambda x, a: _milliseconds(x.range.end)),
    "timeInterval": (1, lambda x, a: f"toStartOfInterval(toDateTime({a[0]}), INTERVAL {x.seconds} second)"),
    "timeInterval_ms": (
        1,
        lambda x, a: f"toStartOfInterval(toDateTime64({a[0]}, 3), INTERVAL {max(x.interval_ms, 1)} millisecond)",
    ),
    "interval_s": (0, lambda x, a: str(x.seconds)),
}
