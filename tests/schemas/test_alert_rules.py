"""`alerts:` of pipegauge.yaml: what is wrong is named with its line and its remedy."""

from datetime import time

import pytest

from schemas.config import Config
from schemas.config_text import ConfigError, parse

CATALOG = """
services:
  - {name: checkout, team: payments}
  - name: ledger
    team: [{name: growth, since: 2025-01-01}, {name: payments, since: 2026-01-01}]
notify:
  routes:
    chat: {urls: ["env:CHAT"]}
"""
RULE = "name: slow, metric: pipeline_duration, threshold: 10m"


def parsed(*rules: str) -> Config:
    lines = "".join(f"  - {{{rule}}}\n" for rule in rules)
    return parse(f"{CATALOG}alerts:\n{lines}", "p.yaml")


def problems(*rules: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parsed(*rules)
    return str(raised.value).splitlines()


def test_durations_are_milliseconds_and_rates_are_shares() -> None:
    slow, low = parsed(RULE, "name: low, metric: gate_pass_rate, operator: <, threshold: 0.8, for: 15m").alerts
    assert (slow.threshold, low.threshold, low.for_) == (600_000, 0.8, 900)


@pytest.mark.parametrize("written", ["22:00", '"22:00"', '"22:00:00"', "22:00:00"])
def test_a_time_of_day_is_what_it_looks_like_quoted_or_not(written: str) -> None:
    [rule] = parsed(f"{RULE}, mute: [{{start: {written}, end: 8:30}}]").alerts
    assert (rule.mute[0].start, rule.mute[0].end) == (time(22), time(8, 30))


def test_two_rules_of_one_name_are_named_at_the_second() -> None:
    assert problems(RULE, RULE) == ["p.yaml:11: two rules are called 'slow'; rename one"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("route: chta", "there is no route 'chta'; use one of chat, or add it to `notify: routes:`"),
        (
            "scope: {service: chekout}",
            "there is no service 'chekout'; use one of checkout, ledger, or add it to `services:`",
        ),
        ("scope: {team: sales}", "there is no team 'sales'; use one of growth, payments, or add it to `services:`"),
        (
            "scope: {each: service, team: sales}",
            "there is no team 'sales'; use one of growth, payments, or add it to `services:`",
        ),
        (
            'part: "build-*"',
            "alerts[0].part: 'build-*' is no part; write the name of one, `*` for each of them, or '' for the whole",
        ),
        ("fro: 5m", "alerts[0].fro: unknown key; did you mean 'for'?"),
        (
            "scope: {service: checkout, team: payments}",
            "alerts[0].scope: names no single scope; write `service:`, `team:`, `org: true`, or `each: service`",
        ),
        (
            "clear_at: 11m",
            "alerts[0]: clear_at lies beyond the threshold; with `>` it must be on the threshold's good side",
        ),
        (
            "mute: [{time_zone: Mars/Base}]",
            "alerts[0].mute[0].time_zone: 'Mars/Base' is no time zone; write one such as Europe/Amsterdam",
        ),
        ("mute: [{start: 2000:00}]", "alerts[0].mute[0].start: 120000 is no time of day; write one such as 22:00"),
    ],
)
def test_a_rule_that_cannot_work_is_told_with_its_line_and_its_remedy(more: str, said: str) -> None:
    assert problems(f"{RULE}, {more}") == [f"p.yaml:10: {said}"]


def test_a_team_may_be_one_that_a_service_belonged_to_once() -> None:
    assert parsed(f"{RULE}, scope: {{team: growth}}").alerts[0].scope.team == "growth"
