"""What a newcomer reads is true: its commands exist, its examples work, its links lead somewhere."""

import re
import struct
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import deploy.commands  # noqa: F401  # the commands register themselves on `app`
from deploy import docs
from deploy.cli import app
from producers.registry import find_source, source_names
from producers.source import path_of
from schemas.topics import TABLES, TOPICS, changelog
from stream_processors.metrics import METRICS

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
PAGES = [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def of_page(page: Path) -> str:
    return str(page.relative_to(ROOT))


def code_in(page: Path) -> list[str]:
    """The lines of fenced blocks, and the code spans of what is around them."""
    text = page.read_text("utf-8")
    fenced = [line for block in _FENCE.finditer(text) for line in block["text"].splitlines()]
    return fenced + [" ".join(span.split()) for span in _SPAN.findall(_FENCE.sub("", text))]


def commands_in(page: Path) -> Iterator[list[str]]:
    """The words after `pipegauge` of each command line that the page shows."""
    for code in code_in(page):
        words = code.removeprefix(".venv/bin/").split()
        if words[:1] == ["pipegauge"]:
            yield words[1:]


def made_in(page: Path) -> Iterator[list[str]]:
    """The words after `make`."""
    for code in code_in(page):
        words = code.split()
        if words[:1] == ["make"]:
            yield words[1:]


def command_of(words: list[str]) -> list[str]:
    """The part of `words` that names a command. Raises KeyError for one that does not exist."""
    command: Any = get_command(app)
    for count, word in enumerate(words):
        if not hasattr(command, "commands"):
            return words[:count]
        command = command.commands[word]
    return words


def slugs_of(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


CONFIGURATIONS = [
    block["text"] for block in _FENCE.finditer(README.read_text("utf-8")) if block["kind"] == "yaml config"
]


def test_the_readme_shows_configurations() -> None:
    assert len(CONFIGURATIONS) == README.read_text("utf-8").count("```yaml") == 3


@pytest.mark.parametrize("text", CONFIGURATIONS, ids=["alerts", "catalog", "servers"])
def test_a_configuration_of_the_readme_is_sound(text: str, tmp_path: Path) -> None:
    file = tmp_path / "pipegauge.yaml"
    file.write_text(text, "utf-8")
    answer = CliRunner().invoke(app, ["check-config", "--config", str(file)])
    assert answer.exit_code == 0, answer.output


@pytest.mark.parametrize("page", PAGES, ids=of_page)
def test_every_command_shown_exists_with_its_options(page: Path) -> None:
    for words in commands_in(page):
        command = command_of(words)
        answer = CliRunner().invoke(app, [*command, "--help"])
        assert answer.exit_code == 0, f"{words}: {answer.output}"
        missing = [word for word in words if word.startswith("--") and word not in answer.output]
        assert missing == [], f"`pipegauge {' '.join(words)}`"


def test_the_readme_names_every_command() -> None:
    shown = {words[0] for words in commands_in(README) if words}
    commands: Any = get_command(app)
    assert set(commands.commands) == shown


@pytest.mark.parametrize("page", PAGES, ids=of_page)
def test_every_make_target_and_setting_shown_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for words in made_in(page):
        for word in words:
            name, is_setting, _ = word.partition("=")
            known = rf"^{name} \?=" if is_setting else rf"^{name}:"
            assert re.search(known, makefile, re.MULTILINE), f"`make {' '.join(words)}`"


@pytest.mark.parametrize("page", PAGES, ids=of_page)
def test_every_relative_link_leads_to_a_file_and_heading(page: Path) -> None:
    for link in _LINK.findall(page.read_text("utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in slugs_of(target), link


def test_the_board_s_picture_is_small() -> None:
    picture = ROOT / "docs/board.png"
    width, _ = struct.unpack(">II", picture.read_bytes()[16:24])
    assert width <= 1440
    assert picture.stat().st_size < 400_000


def test_the_architecture_lists_every_topic() -> None:
    text = ARCHITECTURE.read_text("utf-8")
    table = text[text.index("\n## Topics\n") : text.index("\n## Identity and versions\n")]
    changelogs = {changelog(table): changelog("{" + ",".join(TABLES) + "}") for table in TABLES}
    missing = [topic.name for topic in TOPICS if changelogs.get(topic.name, topic.name) not in table]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=of_page)
def test_every_name_and_file_of_the_code_that_is_shown_exists(page: Path) -> None:
    packages = "schemas|producers|stream_processors|grafana|deploy|tests"
    for code in code_in(page):
        if re.fullmatch(rf"(?:{packages})(?:\.\w+)+", code):
            assert _resolves(code), f"`{code}`"
        elif re.fullmatch(rf"(?:{packages})/[\w/.*]+", code) and not re.search("NNNN|kettle", code):
            assert list(ROOT.glob(code.rstrip("/"))), f"`{code}`"


def _resolves(name: str) -> bool:
    """Whether a dotted name is that of a module, or of what one holds."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:  # then it is an attribute of what is before it
            continue
        for part in parts[length:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def test_the_generated_pages_are_what_the_code_says() -> None:
    assert docs.stale() == [], "run `pipegauge docs`"


def test_a_page_that_was_changed_by_hand_is_stale_until_it_is_written_again(tmp_path: Path) -> None:
    assert docs.stale(tmp_path) == ["metrics.md", "runbook.md", "sources.md", "telemetry.md"]
    docs.write(tmp_path)
    assert docs.stale(tmp_path) == []
    (tmp_path / "runbook.md").write_text("all is well\n", "utf-8")
    assert docs.write(tmp_path) == ["runbook.md"]


def test_a_check_of_stale_pages_fails_and_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "stale", lambda: ["runbook.md"])
    answer = CliRunner().invoke(app, ["docs", "--check"])
    assert answer.exit_code == 1
    assert "docs/runbook.md is stale" in answer.output


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_its_definition_and_its_runbook(name: str) -> None:
    pages = docs.pages()
    assert METRICS[name].runbook.strip() in pages["runbook.md"]
    assert METRICS[name].title in pages["metrics.md"]
    assert all(f"\n## {name}\n" in pages[page] for page in ("metrics.md", "runbook.md"))


@pytest.mark.parametrize("name", source_names())
def test_every_source_has_its_address_and_its_events(name: str) -> None:
    page = docs.pages()["sources.md"]
    assert f"`{path_of(find_source(name))}`" in page
    missing = [event for event in find_source(name).handles | find_source(name).ignores if f"`{event}`" not in page]
    assert missing == []


def test_the_changelog_tells_of_the_version_that_is_built() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
