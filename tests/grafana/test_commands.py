"""`pipegauge grafana …` as a shell runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from grafana.rendering import FOLDER
from tests.grafana.fake_grafana import TOKEN, FakeGrafana, running

PIPEGAUGE = Path(sys.executable).parent / "pipegauge"
ALERTS = "alerts:\n  - {name: slow, metric: pipeline_duration, value: p95, threshold: 10m, for: 10m}\n"


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    with running(FakeGrafana(None)) as grafana:
        yield grafana


def pipegauge(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name != "GRAFANA_TOKEN"}
    argv = [str(PIPEGAUGE), "grafana", *words]
    return subprocess.run(argv, cwd=folder, env={**known, **environment}, capture_output=True, text=True, timeout=60)


@pytest.fixture
def folder(tmp_path: Path, grafana: FakeGrafana) -> Path:
    """A folder with a configuration that names ClickHouse's reader, but no Grafana."""
    reader = "connections:\n  grafana:\n    reader: {password: hush, host: clickhouse}\n"
    (tmp_path / "pipegauge.yaml").write_text(ALERTS + reader, "utf-8")
    return tmp_path


def test_sync_says_what_it_does_and_a_second_one_has_nothing_to_do(folder: Path, grafana: FakeGrafana) -> None:
    first = pipegauge(folder, "sync", grafana.url, GRAFANA_TOKEN=TOKEN)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("+ folder pipegauge\n+ data source pipegauge-clickhouse\n+ dashboard delivery\n")
    second = pipegauge(folder, "sync", grafana.url, "--token", TOKEN)
    assert (second.returncode, second.stdout, second.stderr) == (0, "nothing to change\n", "")
    assert grafana.sources["pipegauge-clickhouse"]["jsonData"]["host"] == "clickhouse"
    assert "hush" not in first.stdout


def test_a_dry_run_writes_nothing(folder: Path, grafana: FakeGrafana) -> None:
    ended = pipegauge(folder, "sync", grafana.url, "--dry-run", GRAFANA_TOKEN=TOKEN)
    assert ended.returncode == 0
    assert "+ alert rule pipegauge-slow" in ended.stdout
    assert grafana.writes == []


def test_the_address_may_stand_in_the_configuration(folder: Path, grafana: FakeGrafana) -> None:
    (folder / "token").write_text(TOKEN + "\n")
    own = f"connections:\n  grafana: {{url: '{grafana.url}/', token: 'file:token'}}\n"
    (folder / "own.yaml").write_text(ALERTS + own, "utf-8")
    ended = pipegauge(folder, "sync", "--dry-run", "--config", "own.yaml")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_no_address_is_wrong_use_and_no_token_is_named(folder: Path, grafana: FakeGrafana) -> None:
    nowhere = pipegauge(folder, "sync", GRAFANA_TOKEN=TOKEN)
    assert nowhere.returncode == 2
    assert "`pipegauge grafana sync URL`, or connections.grafana.url" in nowhere.stderr
    tokenless = pipegauge(folder, "sync", grafana.url)
    assert tokenless.returncode == 1
    assert "the environment variable GRAFANA_TOKEN holds no secret; set it" in tokenless.stderr


def test_a_failure_is_one_line(folder: Path, grafana: FakeGrafana) -> None:
    ended = pipegauge(folder, "sync", grafana.url, "--token", "stale")
    assert ended.returncode == 1
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"pipegauge: {grafana.url} does not know the token")


def test_the_committed_files_are_fresh(tmp_path: Path) -> None:
    assert pipegauge(tmp_path, "check").returncode == 0


def test_alert_rules_of_one_s_own_are_printed_as_a_file(folder: Path) -> None:
    before = (FOLDER / "provisioning/alerting/rules.yaml").read_bytes()
    ended = pipegauge(folder, "render", "--alerts", "pipegauge.yaml")
    [group] = yaml.safe_load(ended.stdout)["groups"]
    assert [rule["uid"] for rule in group["rules"]] == ["pipegauge-slow"]
    assert (FOLDER / "provisioning/alerting/rules.yaml").read_bytes() == before
