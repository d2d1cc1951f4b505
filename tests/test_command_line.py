"""The command `pipegauge` as a shell runs it: exit codes, and what it says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

import deploy.commands
from deploy.cli import app
from deploy.migrate import migrate
from grafana.rendering import FOLDER
from schemas.metrics import MetricPoint
from tests.embedded.clickhouse_process import PASSWORD, USER, Running, start
from tests.engines import config_of, free_port, itself

PIPEGAUGE = Path(sys.executable).parent / "pipegauge"
assert deploy.commands  # importing it registers the commands
Run = Callable[..., subprocess.CompletedProcess[str]]


def _commands(group: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command and group of commands, in words."""
    yield before
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, *before, name)


COMMANDS = list(_commands(typer.main.get_command(app)))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs pipegauge in an empty folder."""

    def of(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("PIPEGAUGE_")}
        variables = {**known, "COLUMNS": "200", **environment}
        argv = [str(PIPEGAUGE), *map(str, words)]
        return subprocess.run(argv, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)

    return of


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a configuration."""

    def of(text: str) -> Path:
        path = tmp_path / "gauge.yaml"
        path.write_text(text, "utf-8")
        return path

    return of


def _is_one_line(ended: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line on stderr of a command that failed so."""
    assert ended.returncode == code, ended
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "pipegauge")
def test_every_command_explains_itself(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words, "--help")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    usage, _, described, *_ = ended.stdout.splitlines()
    assert usage.startswith(" ".join(("Usage: pipegauge", *words)))
    assert described.strip(), "give the command a docstring"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nonsense"], "pipegauge: No such option: --nonsense; see `pipegauge --help`"),
        (["metrics", "--nonsense"], "pipegauge: No such option: --nonsense; see `pipegauge metrics --help`"),
        (["nonsense"], "pipegauge: No such command 'nonsense'; see `pipegauge --help`"),
        (["grafana", "nonsense"], "pipegauge: No such command 'nonsense'; see `pipegauge grafana --help`"),
        (["metrics", "--window"], "pipegauge: Option '--window' requires an argument; see `pipegauge --help`"),
    ],
)
def test_wrong_use_is_one_line_that_names_the_help(run: Run, words: list[str], said: str) -> None:
    assert _is_one_line(run(*words), 2) == said


def test_a_window_that_does_not_exist_is_wrong_use(run: Run) -> None:
    assert "'5d' is no window; use one of 1h, 24h, 7d, 28d, 90d" in _is_one_line(run("metrics", "--window", "5d"), 2)


def test_two_scopes_at_once_are_wrong_use(run: Run) -> None:
    line = _is_one_line(run("metrics", "--service", "shop", "--team", "web"), 2)
    assert "name one of --service, --team and --org, not several" in line


def test_without_a_command_it_shows_its_help(run: Run) -> None:
    ended = run()
    assert ended.returncode == 2
    assert "Usage: pipegauge" in ended.stderr
    assert "check-config" in ended.stderr


def test_a_sound_configuration_is_called_sound(run: Run, written: Callable[[str], Path]) -> None:
    path = written("services:\n  - name: shop\n    repositories: [acme/shop]\n")
    ended = run("check-config", "--config", path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{path}: sound\n", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("salt: x\ndta: y\n", "2: unknown key 'dta'; did you mean 'data'?"),
        (
            "gateway:\n  body_deadline: 8 seconds\n",
            "2: gateway.body_deadline: '8 seconds' is not a duration; write a number and a unit, such as 30s, 10m, 2h "
            "or 7d",
        ),
        (
            "services:\n  - name: shop\n    repositories: [acme/shop]\n  - name: cart\n    repositories:\n"
            "      - acme/shop\n",
            "6: 'acme/shop' is claimed by 'shop' and 'cart'; let one of them claim it once",
        ),
    ],
    ids=["an unknown key", "a bad duration", "a double claim"],
)
def test_a_fault_of_the_configuration_has_its_file_line_and_remedy(
    run: Run, written: Callable[[str], Path], text: str, said: str
) -> None:
    path = written(text)
    assert _is_one_line(run("check-config", "--config", path), 1) == f"{path}:{said}"


def test_every_fault_of_the_configuration_has_a_line(run: Run, written: Callable[[str], Path]) -> None:
    ended = run("check-config", "--config", written("dta: x\nsources:\n  github: {}\n"))
    assert ended.returncode == 1
    assert [line.split(":")[1] for line in ended.stderr.splitlines()] == ["1", "3"]


def test_a_configuration_that_is_not_there_is_named(run: Run) -> None:
    line = _is_one_line(run("check-config", "--config", "none.yaml"), 1)
    assert line == "none.yaml:1: no such file; create it, or name another with --config"


@pytest.mark.parametrize("process", ["receive", "work", "store", "notify", "board"])
def test_a_process_does_not_start_with_a_bad_configuration(
    run: Run, written: Callable[[str], Path], process: str
) -> None:
    path = written("data: [1]\n")
    assert f"{path}:1: data should be a path; write it so" in _is_one_line(run(process, "--config", path), 1)


def test_a_missing_secret_is_named_with_its_remedy(run: Run) -> None:
    line = _is_one_line(run("metrics"), 1)
    assert line.startswith("pipegauge: the environment variable PIPEGAUGE_CLICKHOUSE_PASSWORD holds no secret; set it")


def test_without_clickhouse_one_line_says_what_to_do(run: Run, written: Callable[[str], Path]) -> None:
    port = free_port()
    path = written(f"connections:\n  clickhouse: {{port: {port}, password: secret}}\n")
    line = _is_one_line(run("metrics", "--config", path), 1)
    assert line.startswith(f"pipegauge: ClickHouse at 127.0.0.1:{port} does not answer; start everything with")
    assert "`pipegauge up`" in line


def test_a_traceback_comes_only_when_it_is_asked_for(run: Run) -> None:
    ended = run("--debug", "work", "--config", "none.yaml")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Traceback (most recent call last)")
    assert "none.yaml:1: no such file" in ended.stderr.splitlines()[-1]


def test_the_committed_boards_are_fresh(run: Run) -> None:
    ended = run("grafana", "render", "--check")
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_stale_board_is_named(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "code/grafana"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    board = copy / "dashboards/delivery.json"
    board.write_text(board.read_text("utf-8").replace('"title"', '"titel"', 1), "utf-8")
    ended = run("grafana", "render", "--check", PYTHONPATH=str(copy.parent))
    assert ended.returncode == 1
    assert ended.stdout == "grafana/dashboards/delivery.json is stale; run `pipegauge grafana render`\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.kill()


@pytest.fixture
def connected(server: Running, written: Callable[[str], Path]) -> Callable[..., Path]:
    """Writes a configuration that connects to the server."""

    def of(database: str, password: str = PASSWORD) -> Path:
        connection = {"port": server.port, "database": database, "username": USER, "password": password}
        return written(json.dumps({"connections": {"clickhouse": connection}}))

    return of


@pytest.fixture(scope="module")
def measured(server: Running) -> str:
    """The name of a database that holds four metric points, one of them in two versions."""
    database = "measured"
    migrate(config_of("", server, database), itself)
    client = server.client(database=database)
    end = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
    shared = {"part": "", "day": end.date(), "window_end": end, "definition_version": 1, "linked_share": 1.0}
    place = {"kafka_partition": 0, "kafka_offset": 0, "version": 1}
    nothing = dict.fromkeys(("p50", "p75", "p90", "p95", "numerator", "denominator"))
    rows = [
        {"scope_kind": kind, "scope": scope, "metric": metric, "window": window, "value": value, "sample_size": size}
        for kind, scope, metric, window, value, size in (
            ("service", "shop", "cycle_time", "7d", 90_000.0, 3),
            ("service", "shop", "gate_pass_rate", "24h", None, 0),
            ("team", "web", "gate_pass_rate", "7d", 0.75, 4),
            ("org", "org", "gate_pass_rate", "7d", 0.5, 8),
        )
    ]
    full = [{**shared, **place, **nothing, **row} for row in rows]
    full.append({**full[0], "value": 60_000.0, "p50": 60_000, "p95": 120_000, "version": 2})
    client.execute(f"INSERT INTO metrics ({', '.join(full[0])}) VALUES", full)
    client.disconnect()
    return database


def test_metrics_are_an_array_of_metric_points(run: Run, connected: Callable[..., Path], measured: str) -> None:
    ended = run("metrics", "--json", "--config", connected(measured))
    assert (ended.returncode, ended.stderr) == (0, "")
    points = json.loads(ended.stdout)
    assert {frozenset(point) for point in points} == {frozenset(MetricPoint.model_fields)}
    by_scope = {(point["scope"]["kind"], point["scope"]["name"], point["metric"]): point for point in points}
    assert len(by_scope) == len(points) == 4
    newest = by_scope["service", "shop", "cycle_time"]
    assert (newest["value"], newest["p95"], newest["window_end"]) == (60_000, 120_000, "2026-03-02T12:05:00Z")
    assert by_scope["service", "shop", "gate_pass_rate"]["value"] is None


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--service", "shop"], 2),
        (["--team", "web"], 1),
        (["--org"], 1),
        (["--window", "24h"], 1),
        (["--team", "web", "--window", "24h"], 0),
    ],
)
def test_metrics_are_chosen_by_scope_and_window(
    run: Run, connected: Callable[..., Path], measured: str, words: list[str], count: int
) -> None:
    ended = run("metrics", "--json", "--config", connected(measured), *words)
    assert len(json.loads(ended.stdout)) == count


def test_metrics_for_people_have_titles_and_units(run: Run, connected: Callable[..., Path], measured: str) -> None:
    ended = run("metrics", "--config", connected(measured), "--service", "shop")
    assert ended.returncode == 0
    assert "Cycle time" in ended.stdout
    assert "1m " in ended.stdout
    assert " 0.0%" not in ended.stdout, "no data is no value, never 0"


@pytest.mark.parametrize(
    ("database", "password", "said"),
    [
        ("nowhere", PASSWORD, "has no tables of pipegauge in 'nowhere'; run `pipegauge migrate`"),
        ("measured", "wrong", "refuses 'gauge'; correct connections.clickhouse's username and password"),
    ],
    ids=["not migrated", "wrong password"],
)
def test_what_clickhouse_refuses_comes_with_its_remedy(
    run: Run, connected: Callable[..., Path], database: str, password: str, said: str
) -> None:
    assert said in _is_one_line(run("metrics", "--config", connected(database, password)), 1)
