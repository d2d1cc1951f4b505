"""Path globs as regular expressions. Pure."""

import re


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A path glob as a regular expression: `*` and `?` stay within a folder, `**` crosses folders.

    A glob that names a folder claims what is in it, as in a .gitignore: `services/cart` is `services/cart/**`.
    """
    return re.compile(expression_of(glob.strip("/")) + r"(?:/.*)?\Z", re.DOTALL)


def expression_of(glob: str) -> str:
    """The regular expression of a glob, without its end."""
    parts: list[str] = []
    at = 0
    while at < len(glob):
        length, part = _next_part(glob, at)
        parts.append(part)
        at += length
    return "".join(parts)


def _next_part(glob: str, at: int) -> tuple[int, str]:
    if glob.startswith("**/", at):
        return 3, r"(?:.*/)?"
    if glob.startswith("**", at):
        return 2, r".*"
    if glob[at] == "*":
        return 1, r"[^/]*"
    if glob[at] == "?":
        return 1, r"[^/]"
    choice = re.match(r"\[([!^]?)([^\]/]+)\]", glob[at:])
    if choice is None:
        return 1, re.escape(glob[at])
    characters = choice[2].replace("\\", r"\\").replace("[", r"\[")
    return choice.end(), f"[{'^' if choice[1] else ''}{characters}]"
