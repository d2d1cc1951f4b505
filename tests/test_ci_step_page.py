"""docs/ci-step.md: every CI that a step finds by itself has its example, and what is said of options is so."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from producers import ci_step
from producers.ci_step import Options
from schemas.config_text import parse

PAGE = (Path(__file__).parents[1] / "docs/ci-step.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^```(?:yaml|groovy) (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
LINES = re.findall(r"(?:pipegauge run|tools/ci_step\.py) (-.* -- make test)", PAGE)


def test_every_ci_has_its_example() -> None:
    assert set(ci_step._KNOWN) <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_its_ci_could_read(name: str) -> None:
    if name != "jenkins":
        assert yaml.safe_load(EXAMPLES[name])
    assert "make test" in EXAMPLES[name] or name == "config"


def test_the_configuration_is_sound() -> None:
    assert parse(EXAMPLES["config"], "p.yaml").sources["ci"].secrets


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_one_that_the_step_understands(line: str) -> None:
    options = Options(shlex.split(line))
    assert options.command == ["make", "test"]
    assert options.reports


def test_every_option_and_variable_is_told() -> None:
    for option in ("--stage", *ci_step._REPORTS):
        assert f"| `{option} " in PAGE
    for field in ci_step._SAID:
        assert f"`PIPEGAUGE_{field.upper()}`" in PAGE


def test_what_the_page_says_of_bounds_is_so() -> None:
    assert f"at most {ci_step.PATIENCE_S:.0f} seconds" in PAGE
    assert f"At most {ci_step.MOST_KEPT} deliveries are kept, for {ci_step.KEPT_S // 86_400} days" in PAGE
    assert f"holds {ci_step.MOST_BYTES >> 20} MB" in PAGE
