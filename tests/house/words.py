"""Words that no committed file may hold: hosts of package registries, and paths of one machine."""

import re
from collections.abc import Iterable

# Written in two halves, so that this file keeps its own law.
_REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("registry.npmjs", "org"),
    ("registry.yarnpkg", "com"),
    ("maven", "org"),
    ("repo.maven.apache", "org"),
    ("proxy.golang", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
)
_HOST = re.compile("|".join(rf"\b{re.escape(name)}\.{top}\b" for name, top in _REGISTRIES))
_INDEX = re.compile(r"(?<![\w-])--(?:extra-)?index-url")
_MACHINE = re.compile(r"(?<![\w.~-])/work" + r"/")
_BESIDE = re.compile(r"(?<!\w)shared" + r"/")
CORPUS = "PIPEGAUGE_CORPUS"


def words_of_one_place(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of files, (path, text), that only hold where they were written."""
    return [
        f"{path}:{number}: {what}"
        for path, text in texts
        for number, line in enumerate(text.splitlines(), start=1)
        for what in _found(line, reads_the_corpus=path.startswith("tests/") and CORPUS in text)
    ]


def _found(line: str, reads_the_corpus: bool) -> list[str]:
    found = []
    if match := _HOST.search(line) or _INDEX.search(line):
        found.append(f"{match[0]} names a package registry; leave it to the user's own settings")
    if _MACHINE.search(line):
        found.append("a path of one machine; make it relative to the project, or a setting")
    if _BESIDE.search(line) and not reads_the_corpus:
        found.append(f"points beside the project; only tests that read the corpus may, through {CORPUS}")
    return found
