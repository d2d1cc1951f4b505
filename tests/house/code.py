"""The project's own files, as the house laws read them."""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "producers", "stream_processors", "grafana", "deploy", "tests", "benchmarks")
VENDORED = ("grafana/board/static/echarts/",)
GENERATED = ("requirements/", "grafana/dashboards/", "tests/fixtures/")


@dataclass(frozen=True)
class Import:
    """A module named by an import statement; `top` where importing the file carries the statement out."""

    module: str
    line: int
    top: bool


@dataclass(frozen=True)
class Module:
    """One Python file: its path within the project, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """As an import names it."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def comments(self) -> dict[int, str]:
        """Line → the comment on it."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    def imports(self, known: frozenset[str] = frozenset()) -> Iterator[Import]:
        """What it imports; `from a import b` names `a.b` where that is one of the `known` modules, else `a`."""
        for node, top in _statements(self.tree, True):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno, top)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                for alias in node.names:
                    inner = f"{base}.{alias.name}"
                    yield Import(inner if inner in known else base, node.lineno, top)

    def _base(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        package = self.name.split(".") if self.path.endswith("__init__.py") else self.name.split(".")[:-1]
        start = package[: len(package) - node.level + 1]
        return ".".join([*start, *filter(None, [node.module])])


def _statements(node: ast.AST, top: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, top
        yield from _statements(child, top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def files() -> tuple[str, ...]:
    """The paths of all files that are committed or about to be, vendored ones left out."""
    argv = ("git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split("\0")
    there = {path for path in listed if path and (ROOT / path).is_file()}
    return tuple(sorted(path for path in there if not path.startswith(VENDORED)))


@cache
def modules() -> tuple[Module, ...]:
    """All Python files of the project's packages."""
    own = [path for path in files() if path.endswith(".py") and path.split("/")[0] in PACKAGES]
    return tuple(Module(path, (ROOT / path).read_text("utf-8")) for path in own)


def said(violations: list[str]) -> str:
    """The message of a broken law."""
    return "\n".join(["", *violations])
