"""Text as ClickHouse reads it between quotes."""

from __future__ import annotations


def quoted(text: str, sign: str = "'") -> str:
    """A string literal, or with a backtick as the sign an identifier."""
    escaped = text.replace("\\", "\\\\").replace(sign, f"\\{sign}")
    return f"{sign}{escaped}{sign}"
