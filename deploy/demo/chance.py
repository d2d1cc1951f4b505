"""Chance that repeats itself: the same key always throws the same dice and gives the same ids."""

import hashlib
import math
import random
from uuid import NAMESPACE_URL, UUID, uuid5

_NAMESPACE = uuid5(NAMESPACE_URL, "https://github.com/northwind")
_SAFE_INTEGER = 1 << 52  # beyond 2⁵³ JSON readers that use floats would merge ids


def _digest(key: tuple[object, ...]) -> bytes:
    return hashlib.sha1("\x1f".join(map(str, key)).encode()).digest()


def dice(*key: object) -> random.Random:
    """Dice of their own for `key`, so that one story's throws never shift another's."""
    return random.Random(_digest(key))


def identifier(*key: object) -> int:
    """The provider's number of an object: positive, up to 2⁵², the same for the same key."""
    return int.from_bytes(_digest(key)[:8]) % _SAFE_INTEGER + 1


def sha(*key: object) -> str:
    """A commit's id: 40 hexadecimal digits."""
    return _digest(("commit", *key)).hex()


def delivery_uuid(*key: object) -> UUID:
    """The id that GitHub would give a delivery."""
    return uuid5(_NAMESPACE, "\x1f".join(map(str, key)))


def skewed(throw: random.Random, median: float, sigma: float = 0.5) -> float:
    """A log-normal amount around `median`: most are near it, a few are several times as long, as work is."""
    return median * math.exp(throw.gauss(0.0, sigma))
