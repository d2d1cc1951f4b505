"""Errors as ClickHouse numbers them."""

from __future__ import annotations

import re
from typing import Final

NOT_IMPLEMENTED: Final = 48
UNKNOWN_SETTING: Final = 115
PROTOCOL_ERROR: Final = 101
READONLY: Final = 164
TOO_MANY_CONNECTIONS: Final = 202
QUERY_WAS_CANCELLED: Final = 394
ACCESS_DENIED: Final = 497
AUTHENTICATION_FAILED: Final = 516
UNKNOWN_EXCEPTION: Final = 1002

_CODE = re.compile(r"Code: (\d+)\. (?:DB::Exception: )?(.*)", re.DOTALL)
_VERSION = re.compile(r" \(version [\d.]+[^)]*\)\.?$")


class EngineError(Exception):
    """A refusal with ClickHouse's code and a message for the client (which may quote its query: never log it)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"Code: {code}. {message}")
        self.code = code
        self.message = message


def engine_error(text: str) -> EngineError:
    """The error behind a message of chDB, whose words begin with `Code: N. DB::Exception:` after its own prefixes."""
    found = _CODE.search(text)
    if not found:
        return EngineError(UNKNOWN_EXCEPTION, text)
    return EngineError(int(found[1]), _VERSION.sub("", found[2]))
