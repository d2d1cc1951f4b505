"""What must not get into a log: secrets that this process has resolved, tokens in addresses, what senders sent.

A line of the log is made by us and by a dozen libraries; whatever they mean to say passes through here.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

MASK = "***"
LONGEST = 2_000
"""Characters of a value; a traceback may be ten times as long."""
_SHORTEST = 4
"""A shorter secret is not looked for: it would be found everywhere."""
_SHORTEST_PART = 8
_ADDRESS = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")
_HOOK = re.compile(r"(/hooks/[a-z0-9_-]+/|://[^\s/]+/events/)[^\s\"'?]+")
_INPUT = re.compile(r"input_value=.*?, input_type=\w+", re.DOTALL)  # pydantic quotes what it refuses
_QUOTED_INPUT = "input_value=…"
_TRACEBACKS = frozenset({"exception", "stack"})

_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None


def keep_secret(value: str) -> str:
    """Masks `value` in every line from now on, also as base64, in a URL and in a literal; returns it."""
    global _pattern
    found = {form for part in _parts(value) for form in _forms(part) if len(form) >= _SHORTEST}
    if not found <= _secrets:
        _secrets.update(found)
        # The longest first: one secret may begin with another.
        _pattern = re.compile("|".join(re.escape(one) for one in sorted(_secrets, key=len, reverse=True)))
    return value


def redacted(text: str) -> str:
    """`text` without secrets, without a hook's token, and without the values that pydantic quotes."""
    text = _pattern.sub(MASK, text) if _pattern is not None else text
    return _INPUT.sub(_QUOTED_INPUT, _HOOK.sub(rf"\1{MASK}", _ADDRESS.sub(rf"\1{MASK}@", text)))


def redact(_logger: object, _method: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """A processor of structlog: every value redacted, bytes as their number, long text cut."""
    return {name: _said(value, 10 * LONGEST if name in _TRACEBACKS else LONGEST) for name, value in event.items()}


def _said(value: Any, longest: int) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            text = redacted(value)
            return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"
        case bytes() | bytearray() | memoryview():
            return f"<{len(value):,} bytes>"
        case Mapping():
            return {_said(str(name), longest): _said(one, longest) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_said(one, longest) for one in value]
        case _:
            return _said(str(value), longest)


def _parts(secret: str) -> Iterable[str]:
    """A secret, and what is secret of one such as `Bearer TOKEN` or of several lines."""
    return {secret, *(part for part in secret.split() if len(part) >= _SHORTEST_PART)}


def _forms(secret: str) -> Iterable[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), repr(secret)[1:-1], encoded, encoded.rstrip("=")}
