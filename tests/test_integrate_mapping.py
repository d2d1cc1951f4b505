"""What docs/integrate.md says of mappings, reports and replays works as it is written there."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import deploy.commands  # noqa: F401  # the commands register themselves on `app`
from deploy.cli import app

PAGE = (Path(__file__).resolve().parents[1] / "docs/integrate.md").read_text("utf-8")
MAPPING, JUNIT = "## Any JSON: a mapping", "## JUnit"


def section(heading: str) -> str:
    """The text under a heading."""
    return PAGE.split(f"\n{heading}\n")[1].split("\n## ")[0]


def block(heading: str, kind: str) -> str:
    """The one fenced block of a kind under a heading."""
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", section(heading), re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The examples as files of a folder."""
    (tmp_path / "mapping.yaml").write_text(block(MAPPING, "yaml config"), "utf-8")
    (tmp_path / "payload.json").write_text(block(MAPPING, "json payload acme-ci"), "utf-8")
    (tmp_path / "junit.yaml").write_text(block(JUNIT, "yaml config"), "utf-8")
    (tmp_path / "reports.yaml").write_text(block("## Other reports", "yaml reports config"), "utf-8")
    (tmp_path / "report.xml").write_text(block(JUNIT, "xml report"), "utf-8")
    (tmp_path / "headers.json").write_text(block(JUNIT, "json headers"), "utf-8")
    return tmp_path


def said(*words: str | Path) -> str:
    answer = CliRunner().invoke(app, [str(word) for word in words])
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.mark.parametrize("name", ["mapping.yaml", "junit.yaml", "reports.yaml"])
def test_the_configurations_are_sound(written: Path, name: str) -> None:
    assert said("check-config", "--config", written / name).endswith(": sound\n")


def test_the_payload_becomes_a_run(written: Path) -> None:
    config = ("--config", written / "mapping.yaml")
    (line,) = said("normalise", "--source", "acme-ci", *config, written / "payload.json").splitlines()
    event = json.loads(line)["event"]
    assert (event["type"], event["run"], event["outcome"]) == ("RunUpdated", "7", "success")
    assert event["finished_at"] == "2026-03-05T10:05:00Z"
    assert "somebody" not in line


def test_the_report_becomes_its_counts(written: Path) -> None:
    config = ("--config", written / "junit.yaml", "--headers", written / "headers.json")
    (line,) = said("normalise", "--source", "junit", *config, written / "report.xml").splitlines()
    event = json.loads(line)["event"]
    assert (event["type"], event["name"], event["level"]) == ("TestsReported", "checkout", "unit")
    assert (event["total"], event["passed"], event["failed"]) == (2, 1, 1)


def test_the_event_is_taken_as_it_stands(written: Path) -> None:
    heading = "## Events as pipegauge has them"
    (written / "events.yaml").write_text(block(heading, "yaml events config"), "utf-8")
    (written / "event.json").write_text(block(heading, "json event"), "utf-8")
    (line,) = said(
        "normalise", "--source", "events", "--config", written / "events.yaml", written / "event.json"
    ).splitlines()
    event = json.loads(line)["event"]
    assert (event["type"], event["deployment"], event["tier"]) == ("DeploymentUpdated", "7", "production")
    assert "somebody" not in line


def test_every_header_of_a_report_is_told() -> None:
    from schemas.report_headers import ReportHeaders

    for field in ReportHeaders.model_fields.values():
        assert f"`{field.default.title()}`" in section(JUNIT)


def test_every_format_of_reports_is_told() -> None:
    from producers.reports.formats import FORMATS

    for name in FORMATS:
        assert name == "junit" or f"| `/reports/{name}` |" in section("## Other reports")


def test_every_scheme_is_told() -> None:
    from schemas.mapping import Signature

    for scheme in Signature.model_fields["scheme"].annotation.__args__:  # type: ignore[union-attr]
        assert f"`{scheme}`" in section(MAPPING)


RULES = block(MAPPING, "yaml config").split("  acme-ci:\n")[1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("salt: x\nsources:\n  acme-ci: {secrets: [x]}\n", 3, "there is no source 'acme-ci'; use one of "),
        (f"sources:\n  github:\n{RULES}", 5, "github is a source that pipegauge has; rename yours"),
        (f"sources:\n  Acme CI:\n{RULES}", 2, "'Acme CI' cannot be a part of an address; use a-z, 0-9 and -"),
        ("sources:\n  github: {secrets: [x], headers: {sha: X-Sha}}\n", 2, "github takes no `headers:`; remove it"),
    ],
    ids=["unknown", "ours", "no address", "headers"],
)
@pytest.mark.parametrize("command", ["check-config", "receive"])
def test_a_name_that_cannot_be_posted_to_is_refused_with_its_line(
    tmp_path: Path, command: str, text: str, line: int, message: str
) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text, "utf-8")
    answer = CliRunner().invoke(app, [command, "--config", str(file)])
    assert answer.exit_code == 1
    assert f"{file}:{line}: {message}" in answer.output + str(answer.exception)


def test_a_replay_says_what_it_replays() -> None:
    answer = CliRunner().invoke(app, ["replay"])
    assert answer.exit_code == 2
    assert "say what to replay: --dead-letters" in answer.output
