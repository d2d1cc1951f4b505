"""The laws of the house: each failure names its file, its line and its repair."""

from pathlib import Path

import pytest

from producers.registry import find_source, source_names
from schemas.config_text import ConfigError, parse
from stream_processors.metrics import METRICS
from tests.house import imports, purity, shape, words
from tests.house.code import ROOT, files, modules, said

SOURCES = source_names()
HANDLED = [(source, event) for source in SOURCES for event in sorted(find_source(source).handles)]
TABLE_OF_SOURCES = ROOT / "docs/sources.md"
FIXTURES = ROOT / "tests/fixtures"
WORDS_OF_A_RUNBOOK = 10


def _texts() -> list[tuple[str, str]]:
    return [(path, (ROOT / path).read_text("utf-8", errors="replace")) for path in files()]


def test_imports_point_from_deploy_towards_schemas() -> None:
    broken = imports.against_the_import_law(modules())
    assert not broken, said(broken)


def test_no_modules_import_each_other_in_a_ring() -> None:
    broken = imports.cycles(modules())
    assert not broken, said(broken)


def test_pure_files_do_no_input_or_output_and_never_ask_the_time() -> None:
    broken = purity.impurities(modules())
    assert not broken, said(broken)


def test_the_table_of_pure_files_names_files_that_exist() -> None:
    broken = purity.entries_without_a_file(files())
    assert not broken, said(broken)


def test_every_name_says_what_is_in_it() -> None:
    broken = shape.names_that_say_nothing(files())
    assert not broken, said(broken)


def test_files_are_short_or_say_why_not() -> None:
    broken = shape.long_files(_texts())
    assert not broken, said(broken)


def test_functions_are_short_or_say_why_not() -> None:
    broken = shape.long_functions(modules())
    assert not broken, said(broken)


def test_an_except_clause_raises_or_says_why_it_goes_on() -> None:
    broken = shape.silent_excepts(modules())
    assert not broken, said(broken)


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    broken = words.words_of_one_place(_texts())
    assert not broken, said(broken)


@pytest.mark.parametrize(("source", "event"), HANDLED, ids=lambda name: name)
def test_every_handled_event_has_a_fixture_pair(source: str, event: str) -> None:
    folder = FIXTURES / "sources" / source / event
    where = folder.relative_to(ROOT)
    requests = {file.name.removesuffix(".request.json") for file in folder.glob("*.request.json")}
    events = {file.name.removesuffix(".events.json") for file in folder.glob("*.events.json")}
    assert requests, f"{where} holds no NAME.request.json; add a small synthetic delivery with made-up names"
    alone = sorted(requests ^ events)
    assert not alone, f"{where}: {', '.join(alone)} lacks one of NAME.request.json and NAME.events.json; add it"


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_its_row_in_the_table_of_sources(source: str) -> None:
    if not TABLE_OF_SOURCES.exists():
        pytest.skip("docs/sources.md is not written")
    rows = [line for line in TABLE_OF_SOURCES.read_text("utf-8").splitlines() if line.startswith("|")]
    assert any(f"`{source}`" in row for row in rows), f"docs/sources.md has no row for `{source}`; add one"


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_without_a_secret_is_refused_unless_it_says_unsigned(source: str) -> None:
    with pytest.raises(ConfigError, match=r"p\.yaml:2: .*no `secrets:`; .*`unsigned: true`"):
        parse(f"sources:\n  {source}: {{}}\n", "p.yaml")
    assert parse(f"sources:\n  {source}: {{unsigned: true}}\n", "p.yaml").sources[source].unsigned


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_on_a_panel(metric: str) -> None:
    panels = (ROOT / "grafana/panels").glob("*.sql")
    shown = any(metric in panel.read_text("utf-8") for panel in panels)
    assert shown, f"no panel shows {metric}; add grafana/panels/{metric}.sql"


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_timeline(metric: str) -> None:
    timeline = FIXTURES / "timelines" / f"{metric}.json"
    assert timeline.exists(), f"{timeline.relative_to(ROOT)} is missing; add events and what they should measure"


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_runbook_and_a_file_of_its_own(metric: str) -> None:
    file = Path("stream_processors/metrics") / f"{metric}.py"
    assert (ROOT / file).exists(), f"the metric {metric} should be the one object of {file}; move it there"
    words_of_runbook = METRICS[metric].runbook.split()
    assert len(words_of_runbook) >= WORDS_OF_A_RUNBOOK, f"{file}: RUNBOOK should say what to do when {metric} is bad"
