"""Every law of the house can be broken: small files that do, and what the law says of them."""

import pytest

from tests.house.code import Module
from tests.house.imports import against_the_import_law, cycles
from tests.house.purity import entries_without_a_file, impurities
from tests.house.shape import long_files, long_functions, names_that_say_nothing, silent_excepts
from tests.house.words import words_of_one_place


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("schemas/events.py", "from producers.source import Refused"),
        ("producers/http.py", "import stream_processors.roll"),
        ("stream_processors/work.py", "from producers.publisher import Publisher"),
        ("stream_processors/work.py", "from deploy.status import StatusServer"),
        ("stream_processors/work.py", "def run():\n    from grafana import teams"),
        ("grafana/render.py", "from stream_processors.roll import Roll"),
        ("deploy/cli.py", "from tests.engines import free_port"),
        ("producers/http.py", "from ..deploy import cli"),
    ],
)
def test_an_import_that_points_the_wrong_way_is_found(path: str, statement: str) -> None:
    [broken] = against_the_import_law([Module(path, statement)])
    assert broken.startswith(f"{path}:")
    assert "may import only" in broken


def test_imports_that_point_the_right_way_are_lawful() -> None:
    lawful = [
        Module("grafana/board/app.py", "from stream_processors.metrics import METRICS\nimport starlette"),
        Module("deploy/cli.py", "from grafana import render\nfrom producers import http\nimport schemas.topics"),
        Module("tests/test_all.py", "from benchmarks import posting\nfrom deploy import cli"),
    ]
    assert against_the_import_law(lawful) == []


def test_a_ring_of_modules_is_found_once() -> None:
    ring = [
        Module("producers/a.py", "from producers import b"),
        Module("producers/b.py", "from producers.c import C"),
        Module("producers/c.py", "import producers.a"),
        Module("producers/d.py", "import producers.a"),
    ]
    [broken] = cycles(ring)
    assert broken.startswith("producers.a → producers.b → producers.c → producers.a: ")


def test_an_import_within_a_function_makes_no_ring() -> None:
    modules = [
        Module("producers/a.py", "import producers.b"),
        Module("producers/b.py", "def late():\n    import producers.a"),
    ]
    assert cycles(modules) == []


@pytest.mark.parametrize(
    "text",
    [
        "import socket",
        "from http.server import HTTPServer",
        "import urllib.request",
        "from pathlib import Path\ntext = Path('x').read_text()",
        "from datetime import datetime\nnow = datetime.now()",
        "from datetime import date\nmade = field(default_factory=date.today)",
        "import random\nthrown = random.random()",
        "from random import Random\ndice = Random()",
        "from uuid import uuid4\nmade = uuid4()",
        "text = open('x')",
        "def late():\n    import os",
        "from producers.spool import Spool",
    ],
)
def test_a_pure_file_that_is_not_pure_is_found(text: str) -> None:
    modules = [Module("schemas/events.py", text), Module("producers/spool.py", "import sqlite3")]
    [broken] = impurities(modules)
    assert broken.startswith("schemas/events.py:")
    assert "in a pure file" in broken


def test_pure_files_may_name_paths_moments_and_seeded_dice() -> None:
    text = (
        "import random\nimport urllib.parse\nfrom datetime import datetime, time\nfrom pathlib import Path\n"
        "from random import Random\nfrom schemas import model\n\n"
        "def of(path: Path, moment: datetime, dice: Random) -> float:\n"
        "    return random.Random(7).random() + dice.random() + moment.timestamp()\n"
    )
    assert impurities([Module("schemas/config.py", text), Module("schemas/model.py", "")]) == []


def test_an_entry_of_the_table_that_names_nothing_is_found() -> None:
    broken = entries_without_a_file(["schemas/events.py"])
    assert not any("schemas/ is" in entry for entry in broken)
    assert any("producers/source.py is" in entry for entry in broken)


def test_a_name_that_says_nothing_is_found_in_files_and_folders() -> None:
    paths = ["producers/utils.py", "deploy/common/ports.py", "tests/Helpers.js", "producers/commonmark.py"]
    assert [broken.split(":")[0] for broken in names_that_say_nothing(paths)] == paths[:3]


def test_a_long_file_needs_a_reason() -> None:
    long = "\n" * 301
    texts = [
        ("producers/a.py", long),
        ("producers/b.py", f"# longer: one table{long}"),
        ("producers/c.py", f"# longer:{long}"),
        ("grafana/dashboards/x.json", long),
        ("producers/d.py", "\n" * 300),
    ]
    assert [broken.split(":")[0] for broken in long_files(texts)] == ["producers/a.py", "producers/c.py"]


def test_a_long_function_needs_a_reason() -> None:
    body = "    pass\n" * 40
    assert "f has 41 lines" in long_functions([Module("producers/a.py", f"def f():\n{body}")])[0]
    assert long_functions([Module("producers/a.py", f"def f():\n    # longer: one table\n{body}")]) == []
    assert long_functions([Module("producers/a.py", f"def f():\n{body[9:]}")]) == []


def test_an_except_that_swallows_needs_a_comment() -> None:
    swallowing = "try:\n    f()\nexcept OSError:{}\n    {}\n"
    silent = [swallowing.format("", "pass"), swallowing.format("  # noqa: S110", "pass")]
    lawful = [swallowing.format("  # not there yet", "pass"), swallowing.format("", "raise ValueError from None")]
    for text in silent:
        [broken] = silent_excepts([Module("producers/a.py", text)])
        assert broken.startswith("producers/a.py:3: this except swallows")
    assert silent_excepts(Module("producers/a.py", text) for text in lawful) == []


@pytest.mark.parametrize(
    "line",
    [
        "https://files.pythonhosted" + ".org/simple",
        "registry = registry.npmjs" + ".org",
        "pip install --index" + "-url x y",
        "see /work" + "/main/README.md",
        "see ../shared" + "/design.md",
    ],
)
def test_a_line_that_holds_in_one_place_only_is_found(line: str) -> None:
    [broken] = words_of_one_place([("docs/a.md", f"\n{line}\n")])
    assert broken.startswith("docs/a.md:2: ")


def test_only_tests_that_read_the_corpus_may_point_beside_the_project() -> None:
    text = 'os.environ.get("PIPEGAUGE_CORPUS", "../shared' + '/corpus")'
    assert words_of_one_place([("tests/test_corpus.py", text)]) == []
    assert words_of_one_place([("producers/http.py", text)]) != []
