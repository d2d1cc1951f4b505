"""`reports:` of pipegauge.yaml: level and automated or manual, by the path of the report."""

import pytest

from schemas.config_text import ConfigError, parse
from schemas.events import TestsReported
from tests.producers.reports.reading import only, reading

TEXT = """\
reports:
  - {path: "**/e2e/**", level: end-to-end}
  - {path: "manual/**", level: acceptance, automated: false}
  - {path: "**/*.tap", level: unit}
"""
RULES = parse(TEXT, "p.yaml").reports


@pytest.mark.parametrize(
    ("path", "level", "automated"),
    [
        ("web/e2e/junit.xml", "system", True),
        ("./e2e/junit.xml", "system", True),
        ("manual/round/1.tap", "acceptance", False),
        ("build/out.tap", "unit", True),
        ("build/junit.xml", "other", True),
    ],
)
def test_the_path_says_level_and_automation(path: str, level: str, automated: bool) -> None:
    found = only(TestsReported, reading("tap", b"1..1\nok 1\n", RULES, x_pipegauge_path=path))
    assert (found.level, found.automated) == (level, automated)


def test_what_the_sender_says_wins_and_the_rules_change_no_id() -> None:
    path = {"x_pipegauge_path": "manual/a.tap"}
    said = only(
        TestsReported,
        reading("tap", b"ok 1\n", RULES, x_pipegauge_level="e2e", x_pipegauge_automated="true", **path),
    )
    assert (said.level, said.automated) == ("system", True)
    by_rule, without = (only(TestsReported, reading("tap", b"ok 1\n", rules, **path)) for rules in (RULES, ()))
    assert (by_rule.level, without.level) == ("acceptance", "other")
    assert by_rule.id == without.id, "a replay under other rules corrects what was stored"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('  - {path: "a/**", level: smoke}', "reports[0].level"),
        ('  - {path: "a/**"}', "add `level:` or `automated:`"),
        ('  - {path: "", level: unit}', "reports[0].path"),
        ('  - {path: "/srv/a.xml", level: unit}', "write a path from its root"),
        ('  - {path: "../a.xml", level: unit}', "write a path from its root"),
        ('  - {path: "a\\\\b", level: unit}', "write folders with /"),
        ('  - {path: "a", automated: perhaps}', "should be true or false"),
        ('  - {path: "a", levels: unit}', "did you mean 'level'?"),
        ("  - {level: unit}", "reports[0].path is missing"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_line(line: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(f"data: x\nreports:\n{line}\n", "p.yaml")
    assert str(refused.value).startswith("p.yaml:3: ")
    assert message in str(refused.value)


def test_two_rules_of_one_path_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"p\.yaml:3: two rules are for 'a'; merge them"):
        parse('reports:\n  - {path: "a", level: unit}\n  - {path: "a", automated: false}\n', "p.yaml")
