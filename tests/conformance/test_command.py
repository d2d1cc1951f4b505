"""`pipegauge source check`, for a source of this project and for one that another package brings."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import deploy.commands  # noqa: F401  # the commands register themselves on `app`
from deploy.cli import app
from deploy.conformance.fixtures import OF_THIS_CHECKOUT
from producers.registry import find_source
from tests.conformance.acme import CASES


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["source", "check", *map(str, words)])


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package with the entry point acme-ci; its module's text may be replaced before it is loaded."""
    package = tmp_path / "site" / "acme_plugin"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from tests.conformance.acme import SOUND as SOURCE\n", "utf-8")
    information = tmp_path / "site" / "acme_plugin-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-plugin\nVersion: 1\n", "utf-8")
    (information / "entry_points.txt").write_text("[pipegauge.sources]\nacme-ci = acme_plugin:SOURCE\n", "utf-8")
    for case in CASES:
        file = package / "fixtures" / f"{case.name}.request.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"headers": dict(case.headers), "body": json.loads(case.body)}), "utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    find_source.cache_clear()
    yield package
    find_source.cache_clear()
    sys.modules.pop("acme_plugin", None)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of two payloads of Acme CI, one of them unknown, and one of somebody else."""
    root = tmp_path / "payloads"
    for name, body in (("acme-ci/build/one", CASES[0].body), ("acme-ci/build/two", b"{}"), ("others/x/one", b"{}")):
        file = root / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    (root / "event_headers.json").write_text('{"acme-ci": {"header": "X-Acme-Event"}}', "utf-8")
    return root


def test_a_source_of_this_project_keeps_its_promises() -> None:
    answer = run("git")
    assert answer.exit_code == 0, answer.output
    assert answer.output.splitlines()[1].split()[:2] == ["git", "6"]


def test_a_plugin_is_checked_with_the_fixtures_beside_it_and_told_what_it_lacks(plugin: Path) -> None:
    answer = run("acme-ci")
    assert answer.exit_code == 0, answer.output
    assert "gap, fixtures: a case has no events written down" in answer.output
    assert run("acme-ci", "--write").exit_code == 0
    events = json.loads((plugin / "fixtures/build/case.events.json").read_text("utf-8"))
    assert [event["type"] for event in events] == ["RunUpdated"]
    assert "gap" not in run("acme-ci").output


def test_a_broken_plugin_fails_with_the_remedy(plugin: Path) -> None:
    (plugin / "__init__.py").write_text(
        "from tests.conformance.acme import with_mapping\nfrom tests.conformance.planted import key_error\n"
        "SOURCE = with_mapping('build', key_error)\n",
        "utf-8",
    )
    answer = run("acme-ci")
    assert answer.exit_code == 1
    assert "acme-ci: FAULT, totality: KeyError('attempt') at planted.py:" in answer.output
    assert "read it through producers.payload" in answer.output


def test_figures_are_those_of_the_payloads_given(plugin: Path, corpus: Path) -> None:
    answer = run("acme-ci", "--corpus", corpus, "--fixtures", plugin / "fixtures", "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    found = told["sources"]["acme-ci"]
    assert told["without_source"] == ["others"]
    assert {name: found[name] for name in ("files", "mapped", "ignored", "dead_letters", "exceptions")} == {
        "files": 2,
        "mapped": 1,
        "ignored": 0,
        "dead_letters": {"the field build is missing": 1},
        "exceptions": 0,
    }
    assert 0 < found["median_us"] <= found["p99_us"]
    assert {one["level"] for one in found["findings"]} == {"gap"}


def test_whose_fixtures_they_are_has_to_be_said() -> None:
    assert run("--fixtures", OF_THIS_CHECKOUT / "git").exit_code == 2
    assert run("--write").exit_code == 2


def test_an_unknown_source_and_a_fixture_that_is_none_are_said(plugin: Path) -> None:
    assert "there is no source 'nobody'" in str(run("nobody").exception)
    (plugin / "fixtures/build/case.request.json").write_text("[]", "utf-8")
    assert "is no case" in str(run("acme-ci").exception)
