"""Personal values: replaced by a salted hash before anything is published or spooled.

A hash of a bot's name ends in `[bot]`, so that bots can still be told, and is left as it is when hashed again, so that
a replay of what was stored gives the same events.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from schemas.personal_paths import PERSONAL_PATH

_HASHED = re.compile(r"h:[0-9a-f]{20}(?:\[bot\])?")
_BOT = "[bot]"
# GitLab's users of access tokens and its service accounts, which no field of its payloads tells from people; also as
# the name in an e-mail address. https://docs.gitlab.com/user/project/settings/project_access_tokens/
_ACCOUNT_OF_A_TOKEN = re.compile(
    r"(?:(?:project|group)_\d+_bot(?:_?[0-9a-z]+)?|service_account_(?:(?:group|project)_\d+_)?[0-9a-z]+)(?:@.*)?",
    re.ASCII,
)
_WHOLE = "\0"  # before a key, so that the ending that begins with it is the whole key
_NESTING = frozenset((dict, list))
_MOST_SHAPES = 2_000
_LONGEST_SHAPE = 4_000  # characters of all its keys: a sender whose keys are data cannot take all memory

# What to look at in objects of a shape: a key, and whether a list of texts counts there too.
_Spots = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class _Rules:
    """`anywhere` are keys hashed wherever they stand, `within` keys of an object that has a certain name, `beside`
    endings of keys of any object that has a certain member, `below` such endings of an object of a certain name.

    A vendor's payloads are made of few shapes of objects, again and again, so that each is judged once: `shapes` has
    what is personal in it by the object's name and keys.
    """

    anywhere: frozenset[str]
    within: dict[str, frozenset[str]]
    beside: tuple[tuple[str, tuple[str, ...]], ...]
    below: dict[str, tuple[str, ...]]
    shapes: dict[tuple[str, ...], _Spots] = field(default_factory=dict)

    def spots(self, name: str, node: dict[str, object]) -> _Spots:
        shape = (name, *node)
        known = self.shapes.get(shape)
        if known is None:
            known = self._judged(name, node)
            if sum(map(len, shape)) <= _LONGEST_SHAPE:
                if len(self.shapes) >= _MOST_SHAPES:
                    self.shapes.clear()
                self.shapes[shape] = known
        return known

    def _judged(self, name: str, node: dict[str, object]) -> _Spots:
        own = self.within.get(name, self.anywhere)
        endings = self.below.get(name, ())
        for member, more in self.beside:
            if member in node:
                endings += more
        return tuple((key, key in own) for key in node if key in own or (_WHOLE + key).endswith(endings))


def hash_personal(document: object, paths: Sequence[str], salt: bytes) -> tuple[object, bool]:
    """`document` with the string values at `paths` hashed, in place; and whether any was.

    Paths are `**.key` (anywhere), `**.parent.key`, `**.parent.*ending`, and `**.(member).key` or `**.(member).*ending`:
    that key, or the keys with that ending, of every object that has `member`. A list of texts, or of lists of texts,
    is hashed one by one. Raises ValueError for another form.
    """
    rules = _compiled(tuple(paths))
    hashed = False
    open_: list[tuple[str, Any]] = [("", document)]
    while open_:
        name, node = open_.pop()
        if type(node) is list:
            open_ += [(name, inner) for inner in node if type(inner) in _NESTING]
        elif type(node) is dict:
            for key, lists_too in rules.spots(name, node):
                value = node[key]
                if type(value) is str and value:
                    fresh = _hash(value, salt)
                    if fresh != value:
                        node[key] = fresh
                        hashed = True
                elif lists_too and type(value) is list:
                    hashed |= _hash_texts(value, salt)
            if not _NESTING.isdisjoint(map(type, node.values())):  # most objects have leaves only
                open_ += [(key, value) for key, value in node.items() if type(value) in _NESTING]
    return document, hashed


def _hash_texts(values: list[object], salt: bytes) -> bool:
    """Hash the texts of a list and of the lists in it, in place; whether there were any."""
    changed = False
    for index, value in enumerate(values):
        if isinstance(value, list):
            changed |= _hash_texts(value, salt)
        elif isinstance(value, str) and value:
            values[index] = _hash(value, salt)
            changed |= values[index] != value
    return changed


def hashed(value: str, salt: bytes) -> str:
    """The hash that stands in the place of a personal value; of what is a hash already, itself."""
    return _hash(value, salt)


def is_hashed(value: str) -> bool:
    """Whether `value` is a hash that was put in the place of a personal value."""
    return _HASHED.fullmatch(value) is not None


def is_bot(identity: str) -> bool:
    """Whether a login or its hash says that it is a bot's."""
    return identity.endswith(_BOT) or _ACCOUNT_OF_A_TOKEN.fullmatch(identity) is not None


@lru_cache(65_536)
def _hash(value: str, salt: bytes) -> str:
    if _HASHED.fullmatch(value):
        return value
    digest = blake2b(value.encode(errors="surrogatepass"), key=salt[:64], digest_size=10).hexdigest()
    return f"h:{digest}{_BOT if is_bot(value) else ''}"


@lru_cache(64)
def _compiled(paths: tuple[str, ...]) -> _Rules:
    anywhere: set[str] = set()
    within: dict[str, set[str]] = {}
    beside: dict[str, tuple[str, ...]] = {}
    below: dict[str, tuple[str, ...]] = {}
    for path in paths:
        match = PERSONAL_PATH.fullmatch(path)
        if match is None:
            raise ValueError(f"{path!r} is no path of personal values; write **.key, **.parent.key or **.(member).*key")
        parent, member, key = match["parent"], match["member"], match["key"]
        if member:
            ending = key.removeprefix("*") if key.startswith("*") else _WHOLE + key
            beside[member] = (*beside.get(member, ()), ending)
        elif parent and key.startswith("*"):
            below[parent] = (*below.get(parent, ()), key.removeprefix("*"))
        elif parent:
            within.setdefault(parent, set()).add(key)
        else:
            anywhere.add(key)
    return _Rules(
        frozenset(anywhere),
        {name: frozenset(keys | anywhere) for name, keys in within.items()},
        tuple(beside.items()),
        below,
    )
