from datetime import UTC, datetime, timedelta

import pytest

from grafana.board.timerange import TimeRange, TimeRangeError, interval_of, parse_interval, parse_range, parse_time

HOUR = 3_600_000
NOW = datetime(2026, 11, 23, 10, 30, 15, 250_000, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("text", "edge", "moment"),
    [
        ("now", "end", NOW),
        ("now-7d", "start", datetime(2026, 11, 16, 10, 30, 15, 250_000, tzinfo=UTC)),
        ("now+1h", "end", datetime(2026, 11, 23, 11, 30, 15, 250_000, tzinfo=UTC)),
        ("now/d", "start", datetime(2026, 11, 23, tzinfo=UTC)),
        ("now/d", "end", datetime(2026, 11, 23, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("now-1d/d", "start", datetime(2026, 11, 22, tzinfo=UTC)),
        ("now/w", "start", datetime(2026, 11, 23, tzinfo=UTC)),
        ("now-1w/w", "end", datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("now-1M/M", "start", datetime(2026, 10, 1, tzinfo=UTC)),
        ("now/y", "start", datetime(2026, 1, 1, tzinfo=UTC)),
        ("1763892000000", "start", datetime(2025, 11, 23, 10, 0, tzinfo=UTC)),
        ("2026-11-20", "start", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T12:00:00Z", "start", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20T12:00:00+02:00", "start", datetime(2026, 11, 20, 10, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_grafana_reads_it(text: str, edge: str, moment: datetime) -> None:
    assert parse_time(text, NOW, "start" if edge == "start" else "end") == moment


def test_a_month_before_the_31st_ends_with_that_month() -> None:
    assert parse_time("now-1M", datetime(2026, 3, 31, tzinfo=UTC), "start") == datetime(2026, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "now-7", "now-7d; DROP TABLE events", "now-99999999y", "now-999999y", "2026-13-01"]
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(TimeRangeError, match="now-7d"):
        parse_time(text, NOW, "start")


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(TimeRangeError, match="swap"):
        parse_range("now", "now-1h", NOW)


@pytest.mark.parametrize(
    ("days", "points", "least", "interval"),
    [(7, 28, HOUR, 6 * HOUR), (1 / 24, 28, HOUR, HOUR), (90, 28, 1, 24 * HOUR), (1, 1_000, 1, 60_000)],
)
def test_an_interval_is_rounded_to_grafanas_steps(days: float, points: int, least: int, interval: int) -> None:
    assert interval_of(TimeRange(NOW - timedelta(days=days), NOW), points, least) == interval


def test_an_interval_is_a_number_and_a_unit() -> None:
    assert parse_interval("1h") == 3_600_000
    with pytest.raises(TimeRangeError, match="5m"):
        parse_interval("often")
