"""One INSERT under way: blocks are collected in memory, then go into the engine as one statement."""

from __future__ import annotations

import os
from collections.abc import Callable

from .quoting import quoted


class Insert:
    """Takes `Native` blocks; nothing reaches the table before `finish`.

    chDB's own `send_insert` would stream, but reports success when the table refused the rows (a violated constraint
    inserts nothing and raises nothing, measured with 26.9.0). Several statements under one deduplication token would be
    dropped but for the first. So all blocks lie in one memory file, which one INSERT … SELECT reads.
    """

    def __init__(self, text: str, structure: str, query: Callable[[str], object]) -> None:
        self._text = text
        self._structure = structure
        self._query = query
        self._fd = os.memfd_create("insert", os.MFD_CLOEXEC)
        self._empty = True

    def append(self, block: bytes) -> None:
        """Takes one block with at least one row."""
        self._empty = False
        left = memoryview(block)
        while left:
            left = left[os.write(self._fd, left) :]

    def finish(self) -> None:
        """Inserts all blocks; an insert of none changes nothing. Raises EngineError."""
        if not self._empty:
            source = f"file('/proc/self/fd/{self._fd}', Native, {quoted(self._structure)})"
            self._query(f"{self._text} SELECT * FROM {source}")

    def close(self) -> None:
        """Forgets the blocks."""
        os.close(self._fd)
