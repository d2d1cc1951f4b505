"""Timelines: the notation of values, and what is said of expectations that are not met."""

from pathlib import Path
from typing import Any

import pytest

from deploy.configuration import load
from deploy.rehearse import rehearse
from stream_processors.alerting.rehearsal import mismatches
from stream_processors.alerting.timeline import Timeline, TimelineError, parse_timelines, series_of, values_of
from tests.stream_processors.alerting.played import Teams, rule

DEMO = Path(__file__).resolve().parents[3] / "deploy" / "demo"
SHIPPED = DEMO / "alerts.test.yaml"
MINUTE = 60_000


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("8m 9.5m", [8 * MINUTE, 9.5 * MINUTE]),
        ("8mx2", [8 * MINUTE] * 3),
        ("8m+1mx2", [8 * MINUTE, 9 * MINUTE, 10 * MINUTE]),
        ("90%-10%x1", [0.9, 0.8]),
        ("1 _x2 empty", [1, None, None, "empty"]),
        ("_ emptyx1", [None, "empty", "empty"]),
        ("-3 12.5", [-3, 12.5]),
    ],
)
def test_values_are_written_as_promtool_has_them(text: str, values: list[Any]) -> None:
    assert [value if not isinstance(value, float) else round(value, 9) for value in values_of(text)] == values


@pytest.mark.parametrize("text", ["ten", "10mm", "1+x3", "5x", "x3"])
def test_what_is_no_value_is_named(text: str) -> None:
    with pytest.raises(TimelineError, match="is no value; write a number, a duration such as 10m"):
        values_of(text)


def test_a_series_names_metric_scope_part_window_and_statistic() -> None:
    series = series_of('pipeline_duration{service="checkout", part="ci", window="7d", value="p95"}')
    assert (series.metric, series.kind, series.scope) == ("pipeline_duration", "service", "checkout")
    assert (series.part, series.window, series.value) == ("ci", "7d", "p95")


@pytest.mark.parametrize(
    "text",
    [
        "pipeline_duration",
        'pipeline_duration{part="x"}',
        'pipeline_duration{service="a", team="b"}',
        'pipeline_duration{service="a", colour="red"}',
        'pipeline_duration{service="a" nonsense}',
        'pipeline_duration{service="a", window="2h"}',
    ],
)
def test_what_is_no_series_is_named(text: str) -> None:
    with pytest.raises(TimelineError, match="is no series"):
        series_of(text)


def _timeline(*expected: dict[str, Any], **changes: Any) -> Timeline:
    values: dict[str, Any] = {
        **{"name": "a story", "start": "2026-11-23T09:00:00Z"},
        "input_series": [
            {"series": 'pipeline_duration{service="checkout", window="1h", value="p95"}', "values": "12m"}
        ],
        "alert_rule_test": [{"eval_time": "1m", "alertname": "slow", "exp_alerts": expected}],
    }
    return Timeline.model_validate(values | changes)


def _wrong(timeline: Timeline) -> list[str]:
    return list(mismatches(timeline, [rule()], Teams(), 10, "http://board"))


def test_what_is_as_expected_says_nothing() -> None:
    assert _wrong(_timeline({"service": "checkout"})) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (
            [],
            "expected none of service checkout, got firing 'Firing: checkout, Pipeline duration p95 is 12m, above 10m'",
        ),
        ([{"service": "checkout", "state": "resolved"}], "expected state 'resolved' of service checkout, got 'firing'"),
        (
            [{"service": "checkout", "title": "Firing: checkout"}],
            "expected title 'Firing: checkout' of service checkout, got "
            "'Firing: checkout, Pipeline duration p95 is 12m, above 10m'",
        ),
        ([{"service": "checkout", "muted": True}], "expected muted True of service checkout, got False"),
    ],
)
def test_an_expectation_that_is_not_met_is_one_line_with_what_was_expected_and_what_came(
    expected: list[dict[str, Any]], said: str
) -> None:
    assert _wrong(_timeline(*expected)) == [f"a story, at 0:01:00, slow: {said}"]


def test_an_alert_that_does_not_come_is_told() -> None:
    wrong = _wrong(_timeline({"service": "checkout"}, {"service": "ledger"}, {"org": True}))
    assert wrong == [
        "a story, at 0:01:00, slow: expected firing of service ledger, got none",
        "a story, at 0:01:00, slow: expected firing of org org, got none",
    ]


def test_a_body_that_differs_by_one_word_is_told() -> None:
    [line] = _wrong(_timeline({"service": "checkout", "body": "Value 12m, alerts above 11m"}))
    assert "expected body 'Value 12m, alerts above 11m'" in line


def test_a_rule_or_a_metric_that_nobody_defines_is_named() -> None:
    with pytest.raises(TimelineError, match="there is no rule 'slwo'; use one of slow"):
        _wrong(_timeline(alert_rule_test=[{"eval_time": "1m", "alertname": "slwo"}]))
    with pytest.raises(TimelineError, match="there is no metric 'pipeline'; use one of"):
        _wrong(_timeline(input_series=[{"series": 'pipeline{service="a"}', "values": "1"}]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests: [", "not YAML"),
        ("tests: []", "tests: Tuple should have at least 1 item"),
        ("[]", "file: Input should be a valid"),
        ("tests: [{name: x, input_series: []}]", "tests[0].alert_rule_test: Field required"),
        (
            "tests: [{name: x, input_series: [], alert_rule_test: [{eval_time: soon, alertname: y}]}]",
            "tests[0].alert_rule_test[0].eval_time: 'soon' is not a duration",
        ),
    ],
)
def test_a_file_that_is_no_timeline_is_told_where(text: str, said: str) -> None:
    with pytest.raises(TimelineError) as raised:
        parse_timelines(text)
    assert str(raised.value).startswith(said)


def test_the_shipped_rules_do_what_their_timelines_say() -> None:
    assert rehearse(SHIPPED, None)[0] == []


def test_every_shipped_rule_has_a_timeline_in_which_it_fires_and_one_in_which_its_words_are_checked() -> None:
    tested = [test for timeline in parse_timelines(SHIPPED.read_text()).tests for test in timeline.alert_rule_test]
    expected = [(test.alertname, alert) for test in tested for alert in test.exp_alerts]
    rules = {one.name for one in load(DEMO / "pipegauge.yaml").alerts}
    assert rules == {name for name, alert in expected if alert.state == "firing" and alert.title and alert.body}


def test_a_shipped_rule_that_is_changed_fails_its_timeline(tmp_path: Path) -> None:
    text = (DEMO / "pipegauge.yaml").read_text()
    assert "threshold: 10m" in text
    changed = tmp_path / "pipegauge.yaml"
    changed.write_text(text.replace("threshold: 10m", "threshold: 12m"))
    wrong, _ = rehearse(SHIPPED, changed)
    assert any("expected firing of service checkout, got none" in line for line in wrong)
