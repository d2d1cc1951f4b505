"""The shape of files: names that say something, short files and functions, except clauses with a reason."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.house.code import GENERATED, Module

EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
FILE_LINES = 300
FUNCTION_LINES = 40
CODE = (".py", ".js", ".sql", ".css", ".html", ".sh")
_REASON = re.compile(r"(?:#|//|--|/\*) longer: \S")
_NOT_A_REASON = re.compile(r"#\s*(?:noqa|type:|pragma:|fmt:)[^#]*$")


def names_that_say_nothing(paths: Iterable[str]) -> list[str]:
    """Files and folders called utils, helpers, common or misc."""
    return [
        f"{path}: a name that says nothing; call it after the one idea in it"
        for path in paths
        if any(part.split(".")[0].lower() in EMPTY_NAMES for part in PurePosixPath(path).parts)
    ]


def long_files(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Code files, (path, text), of more lines than a reader holds in mind, without a line `# longer: reason`."""
    return [
        f"{path}: {lines} lines, more than {FILE_LINES}; split it by its ideas, or add a line `# longer: reason`"
        for path, text in texts
        if path.endswith(CODE) and not path.startswith(GENERATED)
        if (lines := len(text.splitlines())) > FILE_LINES
        if not any(_REASON.match(line) for line in text.splitlines())
    ]


def long_functions(modules: Iterable[Module]) -> list[str]:
    """Functions of too many lines, without a line `# longer: reason` in them."""
    broken = []
    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            end = node.end_lineno or node.lineno
            lines = end - node.lineno + 1
            comments = (module.comments.get(line, "") for line in range(node.lineno, end + 1))
            if lines > FUNCTION_LINES and not any(_REASON.match(comment) for comment in comments):
                broken.append(
                    f"{module.path}:{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES}; "
                    "split it, or add a line `# longer: reason`"
                )
    return broken


def silent_excepts(modules: Iterable[Module]) -> list[str]:
    """Clauses that neither raise nor say in a comment why it is right to go on."""
    return [
        f"{module.path}:{handler.lineno}: this except swallows; add a comment that says why it is right to go on"
        for module in modules
        for handler in _handlers(module.tree)
        if not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
        and not any(_says_why(module, line) for line in range(handler.lineno - 1, (handler.end_lineno or 0) + 1))
    ]


def _handlers(tree: ast.Module) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))


def _says_why(module: Module, line: int) -> bool:
    comment = module.comments.get(line, "")
    return bool(comment) and _NOT_A_REASON.match(comment) is None
