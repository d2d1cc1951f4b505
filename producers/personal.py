"""Personal values: replaced by a salted hash before anything is published or spooled.

A hash keeps a suffix `[bot]`, so that bots can still be told, and is left as it is when hashed again, so that a replay
of what was stored gives the same events.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from schemas.personal_paths import PERSONAL_PATH

_HASHED = re.compile(r"h:[0-9a-f]{20}(?:\[bot\])?")
_BOT = "[bot]"
MASK = "***"
"""What stands where a secret was."""


Veil = Callable[[str, bytes], str]


@dataclass(frozen=True)
class _Rules:
    """`anywhere` are keys veiled wherever they stand, `within` keys of an object that has a certain name, `beside`
    endings of keys of any object that has a certain member, `below` such endings of an object of a certain name."""

    anywhere: Mapping[str, Veil]
    within: Mapping[str, Mapping[str, Veil]]
    beside: tuple[tuple[str, tuple[str, Veil]], ...]
    below: Mapping[str, tuple[str, Veil]]


def hash_personal(
    document: object, paths: Sequence[str], salt: bytes, masked: Sequence[str] = ()
) -> tuple[object, bool]:
    """`document` with the texts at `paths` hashed and those at `masked` gone, in place; and whether any was there.

    Paths are `**.key` (anywhere), `**.parent.key`, `**.parent.*ending`, and `**.(member).*ending`: the keys with that
    ending of every object that has `member`. A list of texts is veiled one by one. Raises ValueError for another form.
    """
    rules = _compiled(tuple(paths), tuple(masked))
    changed = False
    open_: list[tuple[str, object]] = [("", document)]
    while open_:
        name, node = open_.pop()
        if type(node) is list:
            open_ += [(name, inner) for inner in node if type(inner) is dict or type(inner) is list]
        elif type(node) is dict:
            own = rules.within.get(name, rules.anywhere)
            ending = next((ending for member, ending in rules.beside if member in node), rules.below.get(name))
            for key, value in node.items():
                kind = type(value)
                if kind is dict or kind is list:
                    open_.append((key, value))
                    if kind is list and key in own:
                        changed |= _veil_texts(value, own[key], salt)
                elif kind is str and value:
                    veil = own.get(key)
                    if veil is None and ending is not None and key.endswith(ending[0]):
                        veil = ending[1]
                    if veil is not None:
                        fresh = veil(value, salt)
                        if fresh != value:
                            node[key] = fresh
                            changed = True
    return document, changed


def _veil_texts(values: list[object], veil: Veil, salt: bytes) -> bool:
    """Veil the texts of a list, in place; whether there were any."""
    fresh = [veil(value, salt) if isinstance(value, str) and value else value for value in values]
    changed = fresh != values
    values[:] = fresh
    return changed


def is_hashed(value: str) -> bool:
    """Whether `value` is a hash that was put in the place of a personal value."""
    return _HASHED.fullmatch(value) is not None


def is_bot(identity: str) -> bool:
    """Whether a login or its hash says that it is a bot's."""
    return identity.endswith(_BOT)


@lru_cache(65_536)
def hashed(value: str, salt: bytes) -> str:
    """The hash of a personal value; of what is a hash already, itself."""
    if _HASHED.fullmatch(value):
        return value
    digest = blake2b(value.encode(errors="surrogatepass"), key=salt[:64], digest_size=10).hexdigest()
    return f"h:{digest}{_BOT if value.endswith(_BOT) else ''}"


def _masked(value: str, salt: bytes) -> str:
    return MASK


@lru_cache(64)
def _compiled(paths: tuple[str, ...], masked: tuple[str, ...]) -> _Rules:
    anywhere: dict[str, Veil] = {}
    within: dict[str, dict[str, Veil]] = {}
    beside: list[tuple[str, tuple[str, Veil]]] = []
    below: dict[str, tuple[str, Veil]] = {}
    veils: list[tuple[str, Veil]] = [*((path, hashed) for path in paths), *((path, _masked) for path in masked)]
    for path, veil in veils:
        match = PERSONAL_PATH.fullmatch(path)
        if match is None:
            raise ValueError(f"{path!r} is no path of personal values; write **.key, **.parent.key or **.(member).*key")
        parent, member, key = match["parent"], match["member"], match["key"]
        if member:
            beside.append((member, (key.removeprefix("*"), veil)))
        elif parent and key.startswith("*"):
            below[parent] = key.removeprefix("*"), veil
        elif parent:
            within.setdefault(parent, {})[key] = veil
        else:
            anywhere[key] = veil
    return _Rules(anywhere, {name: {**anywhere, **keys} for name, keys in within.items()}, tuple(beside), below)
