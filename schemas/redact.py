"""`redact:` in pipegauge.yaml: what is masked before anything of a delivery is kept."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from schemas.personal_paths import PersonalPath
from schemas.section import Section

Kind = Literal["tokens", "addresses", "emails", "keys"]
"""What is masked by itself: tokens and private keys of known forms; passwords and tokens within addresses; e-mail
addresses; values under keys such as `password`."""

_ONE = r"(?:[A-Za-z0-9_~!@#%&=:;,<>/ -]|\\[dws.\-/+*?^$|(){}\[\]]|\[\^?(?:\\[dws\]\-\\]|[^\]\\])+\])"
_ITEM = re.compile(rf"(?P<one>{_ONE})(?P<times>\{{\d{{1,3}}(?:,\d{{0,3}})?\}}|[+*?])?")
_PREFIX = re.compile(r"[A-Za-z0-9_-]{3,}")
_ENDLESS = re.compile(r"\{\d+,\}|[+*]")


def _checked(pattern: str) -> str:
    compiled_pattern(pattern)
    return pattern


def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern that looks at each character of a text a fixed number of times at most. Raises ValueError.

    It never goes back: what a part has taken, it keeps. So a text of any length takes time by its length.
    """
    items = list(_ITEM.finditer(pattern))
    if "".join(item[0] for item in items) != pattern:
        raise ValueError(f"{pattern!r} is more than characters, [classes] and counts; write it without groups, . and |")
    if not prefix_of(pattern):
        raise ValueError(
            f"{pattern!r} begins with no text of its own; begin it with what every such secret begins with"
        )
    if any(_ENDLESS.fullmatch(item["times"] or "") for item in items[:-1]):
        raise ValueError(f"{pattern!r} has a part without end before its last; give that part a count such as {{1,40}}")
    parts = (item["one"] + (f"{item['times']}+" if item["times"] else "") for item in items)
    try:
        return re.compile("".join(parts))
    except re.error as error:  # a class such as [z-a], or a count such as {3,1}
        raise ValueError(f"{pattern!r} is no pattern ({error}); correct it") from error


def prefix_of(pattern: str) -> str:
    """The text that whatever matches begins with; '' where it is shorter than three characters."""
    found = _PREFIX.match(pattern)
    if found is None:
        return ""
    counted = found.end() < len(pattern) and pattern[found.end()] in "{*?"  # the last character need not be there
    prefix = found[0][:-1] if counted else found[0]
    return prefix if len(prefix) >= 3 else ""


class Redact(Section):
    """What is masked in everything that is kept or published; a signature is checked before.

    `patterns` are forms of secrets of your own, `paths` the JSON paths whose texts are hashed whole, as `**.key` or
    `**.parent.key`. `without` leaves out a kind of what is masked by itself.
    """

    patterns: tuple[Annotated[str, AfterValidator(_checked)], ...] = ()
    paths: tuple[PersonalPath, ...] = ()
    without: tuple[Kind, ...] = ()
