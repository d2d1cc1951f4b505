"""What may become of a payload on its way, or in another version of a vendor: one to three changes at once. Pure."""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import orjson

MOST_REPEATED = 20_000
"""Values of a document that a repetition may lead to."""

Place = tuple[Any, Any]
"""An object or list, and the key or index of a value in it."""

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**53,
        2**63 - 1,
        -(2**63),
        1e308,
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud7ff",
        "\U0001f680",
    ),
    *("x" * 10_000, "é" * 3_000, "../../etc/passwd", "'; DROP TABLE events; --", "%(id)s", "{{7*7}}", "NaN"),
    *(
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-02-30T10:00:00Z",
        "2026-01-01",
        "2026-01-01T25:00:00+99:99",
    ),
    *("1767225600", 1767225600, 1767225600000, -62135596800, 10**18, [], {}, [[]], [None], {"": None}, {"id": {}}),
)


def mutate(body: bytes, random: Random) -> bytes:
    """A body with one to three changes: to its document where it is one, else to its bytes."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:  # a form, or a payload that is no JSON: bytes can be changed all the same
        return _bytes_changed(body, random)
    for _ in range(random.randint(1, 3)):
        document = random.choice(_CHANGES)(document, random)
    body = orjson.dumps(document)
    return _bytes_changed(body, random) if random.random() < 0.15 else body


def _places(document: Any) -> list[Place]:
    found: list[Place] = []
    level = [document]
    while level:
        inner = []
        for one in level:
            keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
            for key in keys:
                found.append((one, key))
                inner.append(one[key])
        level = inner
    return found


def _at_a_place(change: Callable[[Any, Any, Random], None]) -> Callable[[Any, Random], Any]:
    def changed(document: Any, random: Random) -> Any:
        places = _places(document)
        if places:
            change(*random.choice(places), random)
        return document

    return changed


def _value(random: Random) -> Any:
    return deepcopy(random.choice(VALUES))  # the next change may be to what is inside it


def _drop(holder: Any, key: Any, _: Random) -> None:
    del holder[key]


def _rename(holder: Any, key: Any, random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice((key.upper(), key + "_", key[:-1], "ключ"))] = holder.pop(key)


def _replace(holder: Any, key: Any, random: Random) -> None:
    holder[key] = _value(random)


def _retype(holder: Any, key: Any, random: Random) -> None:
    value = holder[key]
    holder[key] = random.choice((str(value), [value], {"value": value}, len(str(value)), None))


def _add(holder: Any, key: Any, random: Random) -> None:
    if isinstance(holder, dict):
        holder[random.choice(("id", "at", "state", "added", ""))] = _value(random)
    else:
        holder.append(_value(random))


def _repeat(holder: Any, key: Any, random: Random) -> None:
    times = random.choice((2, 50))
    # What is repeated within what was repeated grows to gigabytes.
    if isinstance(holder[key], list) and len(_places(holder[key])) * times < MOST_REPEATED:
        holder[key] = holder[key] * times


def _deepen(holder: Any, key: Any, random: Random) -> None:
    for _ in range(random.choice((3, 40, 70))):
        holder[key] = random.choice(([holder[key]], {"a": holder[key]}))


def _swap_texts(document: Any, random: Random) -> Any:
    texts = [place for place in _places(document) if isinstance(place[0][place[1]], str)]
    if len(texts) > 1:
        (one, first), (other, second) = random.sample(texts, 2)
        one[first], other[second] = other[second], one[first]
    return document


def _wrap(document: Any, random: Random) -> Any:
    return random.choice(([document], {"payload": document}, [], {}, "text", 7, None))


_CHANGES: tuple[Callable[[Any, Random], Any], ...] = (
    *map(_at_a_place, (_drop, _rename, _replace, _replace, _retype, _add, _repeat, _deepen)),
    _swap_texts,
)


def _bytes_changed(body: bytes, random: Random) -> bytes:
    change = random.randrange(6)
    place = random.randrange(len(body) + 1)
    if change == 0:
        return body[:place]
    if change == 1:
        return body[:place] + random.randbytes(random.randint(1, 8)) + body[place:]
    if change == 2:
        return body[:place] + bytes([random.randrange(256)]) + body[place + 1 :]
    if change == 3:  # the same key twice, the first with another value
        return body.replace(b"{", b'{"id":NaN,' if random.random() < 0.3 else b'{"id":"twice","id":7,', 1)
    if change == 4:
        return body.replace(b'"', b"'", random.randint(1, 5))
    return b"\xef\xbb\xbf" + body + b" " * random.randint(0, 3)
