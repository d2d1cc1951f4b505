"""A handle that may only read: what ClickHouse's `readonly = 1` and a grant of SELECT are on a server.

The engine refuses writes, settings and most table functions by itself under `readonly = 1`. It has no grants, so what
it lets pass beyond that is refused here, by the words of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NoReturn

from .engine import Engine, Handle
from .errors import ACCESS_DENIED, READONLY, EngineError
from .protocol import Setting
from .statements import InsertHead

CHANGEABLE: Final = "max_execution_time"
"""The one setting that a reader may send with a query: Grafana's plugin does."""

_READS: Final = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN"})
# Table functions without an address, file or process; every other one is a way out of the database.
_HARMLESS: Final = frozenset(
    (
        *("numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "generaterandom"),
        *("values", "null", "view", "merge", "format"),
    )
)
_FILE_FUNCTION: Final = "file"
"""Reads any file of the machine, also by its mere name: `arrayMap(file, …)`, `* APPLY file`."""

_TOKEN = re.compile(
    r"\s+|--[^\n]*|#[! ][^\n]*|/\*.*?\*/"
    r"|(?P<text>'(?:[^'\\]|\\.|'')*')"
    r"|(?P<quoted>`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.|\"\")*\")"
    r"|(?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
    r"|(?P<word>\w+)|(?P<sign>.)",
    re.DOTALL | re.ASCII,
)


def refuse_more_than_reading(text: str, table_functions: frozenset[str]) -> None:
    """Raises EngineError 164 for a statement that is no reading, 497 for one that reads beyond the database.

    `table_functions` are the names, in lower case, of all that the engine has.
    """
    words = _words(text)
    first = next((word for word in words if word != "("), "").upper()
    if first not in _READS:
        raise EngineError(READONLY, f"This user may only read: {first[:40] or 'an empty query'} is refused")
    forbidden = table_functions - _HARMLESS
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == _FILE_FUNCTION or (following == "(" and word.lower() in forbidden):
            raise EngineError(ACCESS_DENIED, f"This user may read tables only: {word} is refused")
        if word.upper() == "INTO" and following.upper() == "OUTFILE":
            raise EngineError(ACCESS_DENIED, "This user may not write files: INTO OUTFILE is refused")


def _words(text: str) -> list[str]:
    """Names, quoted ones without their quotes, and signs; neither comments nor texts. Raises EngineError 497.

    What could be read in two ways is refused: escapes in names, and the engine's typographic quotes and spaces.
    """
    found = []
    for match in _TOKEN.finditer(text):
        if match["sign"] and not match["sign"].isascii():
            raise EngineError(ACCESS_DENIED, f"This user may write {match['sign']} in texts and quoted names only")
        if match["quoted"] and "\\" in match["quoted"]:
            raise EngineError(ACCESS_DENIED, "This user may not write names with a backslash")
        if match["word"] or match["sign"]:
            found.append(match[0])
        elif match["quoted"]:
            found.append(match["quoted"][1:-1])
    return found


class ReadOnlyHandle(Handle):
    """A handle whose session is read-only for good; a query with another time limit gets a new session."""

    def __init__(self, engine: Engine, tag: str, database: str) -> None:
        self._engine, self._database, self._limit = engine, database, ""
        super().__init__(engine.connect(), tag)
        try:
            self._lock()
        except EngineError:
            self.close()  # nobody else will: the caller has no handle
            raise

    def _lock(self) -> None:
        self.use(self._database)
        if self._limit:
            self._set(CHANGEABLE, self._limit)
        self._set("readonly", "1")

    @contextmanager
    def settings(self, settings: Sequence[Setting]) -> Iterator[None]:
        """The time limit of a query. Raises EngineError 164 for any other setting, as a server does."""
        other = next((setting.name for setting in settings if setting.name != CHANGEABLE), None)
        if other is not None:
            raise EngineError(READONLY, f"Cannot modify '{other}' setting in readonly mode")
        limit = settings[-1].value if settings else ""
        if limit != self._limit:
            self._limit = limit
            self.close()
            super().__init__(self._engine.connect(), self.tag)
            self._lock()
        yield

    def run(self, text: str) -> Generator[bytes, None, None]:
        """Runs a statement that reads."""
        refuse_more_than_reading(text, self._engine.table_functions)
        yield from super().run(text)

    def insert_shape(self, head: InsertHead) -> NoReturn:
        """Raises EngineError 164."""
        raise EngineError(READONLY, "This user may only read: INSERT is refused")
