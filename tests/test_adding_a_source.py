"""docs/adding-a-source.md leads to a checked source: its own files are written, its own commands run, in its order."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from schemas.config import Config

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/adding-a-source.md"
TEXT = PAGE.read_text("utf-8")
PACKAGE = "pipegauge-kettle-ci"

_FENCE = re.compile(r"^```(?P<kind>\w+)(?: (?P<name>[^\n]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MINUTES = re.compile(r"^## (\d+):00 ", re.MULTILINE)


def installed(folder: Path) -> None:
    """What `pip install -e` leaves behind: the entry points of the package's own pyproject.toml."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    information = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(head, "utf-8")
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (information / "entry_points.txt").write_text("\n".join(sections), "utf-8")


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
    assert words[0] == "pipegauge", command
    variables = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder / PACKAGE}", "COLUMNS": "200"}
    argv = [sys.executable, "-m", "deploy.cli", *words[1:]]
    return subprocess.run(argv, cwd=folder, env=variables, capture_output=True, text=True, timeout=240)


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_page_s_own_text_leads_to_a_checked_source(tmp_path: Path) -> None:
    said = ""
    for block in _FENCE.finditer(TEXT):
        kind, name, text = block["kind"], block["name"], block["text"]
        if kind in ("json", "python"):
            (tmp_path / name).write_text(text, "utf-8")
        elif name == "install":
            assert text.split() == ["pip", "install", "-e", PACKAGE]
            installed(tmp_path / PACKAGE)
        elif kind == "sh":
            answer = run(text.strip(), tmp_path)
            assert answer.returncode == 0, answer.stdout + answer.stderr
            said = answer.stdout
        elif kind == "text":
            shown = squeezed(said)
            missing = [line for line in squeezed(text) if not any(one.startswith(line) for one in shown)]
            assert not missing, said
        else:
            assert "kettle-ci" in Config.model_validate(yaml.safe_load(text)).sources
    assert "FAULT" not in said
    assert "gap" not in said
    events = sorted((tmp_path / PACKAGE).rglob("*.events.json"))
    assert [file.parent.name for file in events] == ["build.finished", "build.started"]


def test_before_it_is_filled_in_the_check_says_what_is_missing(tmp_path: Path) -> None:
    for block in _FENCE.finditer(TEXT):
        if block["kind"] == "json":
            (tmp_path / block["name"]).write_text(block["text"], "utf-8")
    begun = run("pipegauge source new kettle-ci --from ended.json --headers headers.json", tmp_path)
    assert begun.returncode == 0, begun.stderr
    module = (tmp_path / PACKAGE / "pipegauge_kettle_ci/__init__.py").read_text("utf-8")
    for read_off in ('EventField("type")', 'Hmac("X-Kettle-Signature", "sha256=")', '"**.login"', "build.finished_at"):
        assert read_off in module
    fixture = (tmp_path / PACKAGE / "pipegauge_kettle_ci/fixtures/build.finished/ended.request.json").read_text("utf-8")
    assert "maria" not in fixture
    assert "signature" not in fixture
    installed(tmp_path / PACKAGE)
    answer = run("pipegauge source check kettle-ci", tmp_path)
    assert answer.returncode == 1
    assert "the mapping of build.finished is not written yet" in answer.stdout
    for gap in ("`page` is no address", "no case shows what build.finished becomes"):
        assert gap in answer.stdout


def test_the_stopwatch_runs_forward_to_fifteen_minutes() -> None:
    minutes = [int(one) for one in _MINUTES.findall(TEXT)]
    assert minutes == sorted(set(minutes))
    assert (minutes[0], minutes[-1]) == (0, 15)


def test_a_checkout_gets_the_module_and_the_fixtures_where_sources_stand(tmp_path: Path) -> None:
    (tmp_path / "producers/sources").mkdir(parents=True)
    (tmp_path / "ended.json").write_text('{"event": "done", "at": 1}', "utf-8")
    command = "pipegauge source new kettle-ci --from ended.json"
    assert run(command, tmp_path).returncode == 0
    written = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*") if file.is_file())
    assert written == [
        "ended.json",
        "producers/sources/kettle_ci.py",
        "tests/fixtures/sources/kettle-ci/done/ended.request.json",
    ]
    again = run(command, tmp_path)
    assert again.returncode == 1
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("github --from ended.json", "'github' is taken"),
        ("Kettle --from ended.json", "cannot be a part of an address"),
        ("kettle-ci --from broken.json", "broken.json is no JSON"),
        ("kettle-ci --from list.json", "list.json is no JSON object"),
    ],
)
def test_what_cannot_be_a_source_is_said_in_one_line(tmp_path: Path, words: str, said: str) -> None:
    for name, text in (("ended", "{}"), ("broken", "{"), ("list", "[]")):
        (tmp_path / f"{name}.json").write_text(text, "utf-8")
    answer = run(f"pipegauge source new {words}", tmp_path)
    assert answer.returncode == 1
    [line] = answer.stderr.splitlines()
    assert said in line
