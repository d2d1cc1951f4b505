from datetime import UTC, datetime

import pytest

from grafana.board.macros import MacroError, expand, quoted
from grafana.board.timerange import TimeRange

RANGE = TimeRange(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, 0, 0, 0, 500_000, tzinfo=UTC))
START, END = 1_794_787_200, 1_795_392_000
ALL = {"team": ("$__all",), "service": ("$__all",)}


@pytest.mark.parametrize(
    ("macro", "text"),
    [
        ("$__timeFilter(at)", f"at >= toDateTime({START}) AND at <= toDateTime({END})"),
        (
            "$__timeFilter_ms(at)",
            f"at >= fromUnixTimestamp64Milli({START}000) AND at <= fromUnixTimestamp64Milli({END}500)",
        ),
        ("$__dateFilter(d)", "d >= toDate('2026-11-16') AND d <= toDate('2026-11-23')"),
        (
            "$__dt(d,t)",
            "(d >= toDate('2026-11-16') AND d <= toDate('2026-11-23'))"
            f" AND (t >= toDateTime({START}) AND t <= toDateTime({END}))",
        ),
        ("$__timeFrom(at)", f"at >= toDateTime({START})"),
        ("$__timeTo(at)", f"at <= toDateTime({END})"),
        ("$__fromTime", f"toDateTime({START})"),
        ("$__toTime_ms", f"fromUnixTimestamp64Milli({END}500)"),
        ("$__timeInterval(at)", "toStartOfInterval(toDateTime(at), INTERVAL 90 second)"),
        ("$__timeInterval_ms(at)", "toStartOfInterval(toDateTime64(at, 3), INTERVAL 90000 millisecond)"),
        ("$__interval_s", "90"),
    ],
)
def test_a_macro_expands_as_the_plugin_does_it(macro: str, text: str) -> None:
    assert expand(f"SELECT {macro}", {}, RANGE, 90_000) == f"SELECT {text}"


def test_a_step_is_never_shorter_than_a_second() -> None:
    assert expand("$__interval_s", {}, RANGE, 10) == "1"


def test_a_macro_takes_an_expression_with_brackets() -> None:
    assert expand("$__timeTo(least(a, b))", {}, RANGE, 1_000) == f"least(a, b) <= toDateTime({END})"


CONDITION = "$__conditionalAll(service IN (${service:singlequote}), $service)"


@pytest.mark.parametrize("chosen", [("$__all",), ("",), (), ("$__all", "cart")])
def test_all_leaves_a_condition_out(chosen: tuple[str, ...]) -> None:
    assert expand(CONDITION, {"service": chosen}, RANGE, 1_000) == "1=1"


def test_chosen_values_are_quoted_and_listed() -> None:
    assert expand(CONDITION, {"service": ("cart", "shop")}, RANGE, 1_000) == "service IN ('cart','shop')"


def test_a_condition_within_a_condition_is_expanded_too() -> None:
    inner = "$__conditionalAll(team IN (${team:singlequote}), $team)"
    sql = f"$__conditionalAll(service IN (SELECT service FROM t WHERE {inner}), $service)"
    assert expand(sql, {"service": ("a",), "team": ("$__all",)}, RANGE, 1_000) == (
        "service IN (SELECT service FROM t WHERE 1=1)"
    )


@pytest.mark.parametrize(
    "value", ["x') OR 1=1 --", "\\') OR 1=1 --", "$__dateFilter(x)", "${team:singlequote}", "$__all()"]
)
def test_what_an_address_says_stays_a_value(value: str) -> None:
    expected = f"service IN ({quoted(value)})"
    assert expand(CONDITION, {"service": (value,), "team": ("a",)}, RANGE, 1_000) == expected


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("$__lttb(a)", "does not know the macro"),
        ("$__timeFilter(a, b)", "takes 1 arguments, not 2"),
        ("$__timeFilter(a", "never closed"),
        ("${nobody:singlequote}", "no variable 'nobody'"),
        ("${service}", "singlequote"),
        ("$__conditionalAll(a)", "a condition and a variable"),
    ],
)
def test_sql_that_cannot_be_expanded_is_refused(sql: str, said: str) -> None:
    with pytest.raises(MacroError, match=said):
        expand(sql, ALL, RANGE, 1_000)
