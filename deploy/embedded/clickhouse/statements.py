"""What the front must know of a statement's text; everything else the engine decides."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = r"(?:`[^`]+`|\"[^\"]+\"|\w+)"
_COMMENTS = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_VALUE = r"(?:'(?:[^'\\]|\\.)*'|[\w.+-]+)"
_SETTINGS = rf"SETTINGS\s+\w+\s*=\s*{_VALUE}(?:\s*,\s*\w+\s*=\s*{_VALUE})*"
_INSERT = re.compile(
    rf"{_COMMENTS}INSERT\s+(?:INTO\s+)?(?:TABLE\s+)?(?P<table>{_NAME}(?:\s*\.\s*{_NAME})?)"
    r"\s*(?P<columns>\((?:`[^`]*`|\"[^\"]*\"|[^()`\"]|\([^()]*\))*\))?"
    rf"\s*(?P<settings>{_SETTINGS})?\s*(?:VALUES|FORMAT\s+\w+)?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_FORMAT = re.compile(r"\bFORMAT\s+\w+\s*;?\s*$", re.IGNORECASE)
_END = re.compile(r"[\s;]+$")


@dataclass(frozen=True)
class InsertHead:
    """An INSERT whose rows follow as blocks: `text` without VALUES, and the SELECT that has the same columns."""

    text: str
    shape: str


def insert_head(text: str) -> InsertHead | None:
    """The head of an INSERT that waits for blocks; None for any other statement (INSERT … SELECT, inline VALUES)."""
    found = _INSERT.fullmatch(text)
    if not found:
        return None
    table, names, settings = found["table"], found["columns"] or "", found["settings"] or ""
    listed = names[1:-1].strip() or "*"
    return InsertHead(f"INSERT INTO {table} {names} {settings}".rstrip(), f"SELECT {listed} FROM {table}")


def without_format(text: str) -> str:
    """The statement without a closing FORMAT clause: over the native protocol it is the client that formats."""
    return _END.sub("", _FORMAT.sub("", _END.sub("", text)))
