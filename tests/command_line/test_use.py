"""The command `pipegauge` as a shell runs it: exit codes, and what it says."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import deploy.commands
from deploy.cli import app
from grafana.rendering import FOLDER
from tests.command_line.conftest import Run, is_one_line
from tests.engines import free_port

assert deploy.commands  # importing it registers the commands


def _commands(group: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command and group of commands, in words."""
    yield before
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, *before, name)


COMMANDS = list(_commands(typer.main.get_command(app)))


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
def test_wrong_useis_one_line_that_names_the_help(run: Run, words: list[str], said: str) -> None:
    assert is_one_line(run(*words), 2) == said


def test_a_window_that_does_not_exist_is_wrong_use(run: Run) -> None:
    assert "'5d' is no window; use one of 1h, 24h, 7d, 28d, 90d" in is_one_line(run("metrics", "--window", "5d"), 2)


def test_two_scopes_at_once_are_wrong_use(run: Run) -> None:
    line = is_one_line(run("metrics", "--service", "shop", "--team", "web"), 2)
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
    assert is_one_line(run("check-config", "--config", path), 1) == f"{path}:{said}"


def test_every_fault_of_the_configuration_has_a_line(run: Run, written: Callable[[str], Path]) -> None:
    ended = run("check-config", "--config", written("dta: x\nsources:\n  github: {}\n"))
    assert ended.returncode == 1
    assert [line.split(":")[1] for line in ended.stderr.splitlines()] == ["1", "3"]


def test_a_configuration_that_is_not_there_is_named(run: Run) -> None:
    line = is_one_line(run("check-config", "--config", "none.yaml"), 1)
    assert line == "none.yaml:1: no such file; create it, or name another with --config"


@pytest.mark.parametrize("process", ["receive", "work", "store", "notify", "board"])
def test_a_process_does_not_start_with_a_bad_configuration(
    run: Run, written: Callable[[str], Path], process: str
) -> None:
    path = written("data: [1]\n")
    assert f"{path}:1: data should be a path; write it so" in is_one_line(run(process, "--config", path), 1)


def test_where_nothing_runs_one_line_says_how_to_start_and_which_secret_is_missing(run: Run) -> None:
    line = is_one_line(run("metrics"), 1)
    assert line.startswith("pipegauge: start everything with `pipegauge up`, name the data folder of a running stack")
    assert "the environment variable PIPEGAUGE_CLICKHOUSE_PASSWORD holds no secret; set it" in line


@pytest.mark.parametrize("words", [["--debug", "metrics"], ["metrics", "--debug"]])
def test_a_traceback_is_shown_where_it_is_asked_for(run: Run, words: list[str]) -> None:
    assert "Traceback (most recent call last)" in run(*words).stderr


def test_what_a_wrapped_step_is_given_is_its_own(run: Run) -> None:
    ended = run("run", "--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--debug")
    assert ended.stdout == "['--debug']\n"


@pytest.mark.parametrize("words", [["send", "--source", "github"], ["import", "git"], ["reconcile", "github"]])
def test_a_gateway_is_named_by_its_address(run: Run, words: list[str]) -> None:
    line = is_one_line(run(*words, "--gateway", "host:8480", "."), 2)
    assert "'host:8480' is no address of a gateway; write it as http://host:8480" in line


def test_without_clickhouse_one_line_says_what_to_do(run: Run, written: Callable[[str], Path]) -> None:
    port = free_port()
    path = written(f"connections:\n  clickhouse: {{port: {port}, password: secret}}\n")
    line = is_one_line(run("metrics", "--config", path), 1)
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
