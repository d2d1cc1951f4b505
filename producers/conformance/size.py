"""Size: a payload that is four times as long takes about four times as long, not sixteen. Pure."""

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import orjson

from producers.conformance.case import RECEIVED_AT, SALT, Sample
from producers.conformance.finding import Finding
from producers.conformance.places import Path, changed, is_time, places, written
from producers.personal import hash_personal
from producers.source import Source, Unmappable
from schemas.deliveries import Delivery

_SMALLEST_S = 0.016
"""Below it, a measurement says more of the machine than of the source."""
_MOST_ELEMENTS = 8_000
_FEW_ELEMENTS, _FEW_S = 800, 0.001
"""So many are enough to see whether a list or text is read at all."""
_PATIENCE_S = 0.15
"""About so long may one reading of a long payload take that grows as it should."""
_LONGEST_TEXT = 20_000
_WORST = 8.0
"""Times as long for four times as much: 4 is linear, 16 quadratic."""
_WORST_POWER = 1.5
"""The same as a power of how much there is: 4 to the power of 1.5 is 8."""
_REMEDY = "go through it once; look things up in a dict or set, and let no pattern try again from every letter"
Grow = Callable[[int], Any]
"""Makes a document in which something has so many parts."""
_PATTERNS = ("a", "a ", "A-1 ", "a/", "-")
_WORDS = re.compile(r"id|sha|hash|key|name|uuid|url|ref|after|number|title|message|path|login", re.IGNORECASE)


def size(source: Source, samples: Sequence[Sample], stopwatch: Callable[[], float]) -> Iterator[Finding]:
    """What in a payload makes `normalise` slower than its length does."""
    seen: set[tuple[str, str]] = set()
    for sample in samples:
        for where, growths in _growths(sample):
            if (sample.outcome.event_name, where) in seen:
                continue
            seen.add((sample.outcome.event_name, where))
            if any(_is_worse_than_linear(source, sample, grow, stopwatch) for grow in growths):
                said = f"the time that `normalise` takes grows faster than {where}"
                yield Finding("size", "fault", said, _REMEDY, (sample.case.name,))


def _growths(sample: Sample) -> Iterator[tuple[str, list[Grow]]]:
    """Each list of a payload made longer, of different and of equal elements; each text made longer."""
    for path, value in places(sample.document):
        where = re.sub(r"\[\d+\]", "[]", written(path))
        if isinstance(value, list) and value:
            yield (
                where,
                [partial(_longer, sample, path, value, _numbered), partial(_longer, sample, path, value, _same)],
            )
        elif isinstance(value, str) and value and "://" not in value:
            yield where, [partial(_longer_text, sample, path, pattern) for pattern in _PATTERNS]


def _is_worse_than_linear(source: Source, sample: Sample, grow: Grow, stopwatch: Callable[[], float]) -> bool:
    few = _seconds(source, sample, grow(_FEW_ELEMENTS), stopwatch)
    if few < _FEW_S:  # what is not read costs nothing, however much of it there is
        return False
    parts = max(2 * _FEW_ELEMENTS, min(_MOST_ELEMENTS, round(_FEW_ELEMENTS * _PATIENCE_S / few)))
    whole = _seconds(source, sample, grow(parts), stopwatch)
    while whole > 4 and parts > 400:  # a quadratic source shows itself long before it has used up anybody's patience
        parts //= 4
        whole = _seconds(source, sample, grow(parts), stopwatch)
    if whole < _SMALLEST_S:
        return False
    long, short = grow(parts), grow(parts // 4)
    quarter = min(_seconds(source, sample, short, stopwatch) for _ in range(2))
    if whole <= _WORST * quarter and whole <= few * (parts / _FEW_ELEMENTS) ** _WORST_POWER:
        return False
    # A machine that is slow for a while slows what is near in time alike: taken in turns, each is fast once.
    wholes, quarters = [whole], [quarter]
    for _ in range(3):
        wholes.append(_seconds(source, sample, long, stopwatch))
        quarters.append(_seconds(source, sample, short, stopwatch))
    return min(wholes) >= _SMALLEST_S and min(wholes) > _WORST * min(quarters)


def _seconds(source: Source, sample: Sample, document: Any, stopwatch: Callable[[], float]) -> float:
    hashed = hash_personal(orjson.loads(orjson.dumps(document)), source.personal, SALT)[0]
    delivery = Delivery(source.name, sample.case.headers, sample.case.body, None, RECEIVED_AT, hashed)
    gc.disable()  # it goes over all objects of this process, more often the more a payload makes (as in timeit)
    begun = stopwatch()
    try:
        source.normalise(delivery)
    except Unmappable:  # so long that no event may carry it: it has to be found out just as fast
        pass
    except Exception:  # totality tells of it; the time until then counts
        pass
    seconds = stopwatch() - begun
    gc.enable()
    return seconds


def _longer(sample: Sample, path: Path, value: list[Any], copy_of: Callable[[Any, int], Any], parts: int) -> Any:
    """The list at `path` with `parts` elements, each a copy of one that is there."""
    return changed(sample.document, path, [copy_of(value[index % len(value)], index) for index in range(parts)])


def _longer_text(sample: Sample, path: Path, pattern: str, parts: int) -> Any:
    """The text at `path` as `pattern` over and over."""
    return changed(sample.document, path, pattern * (_LONGEST_TEXT * parts // _MOST_ELEMENTS // len(pattern)))


def _same(element: Any, index: int) -> Any:
    return element


def _numbered(element: Any, index: int) -> Any:
    """An element that differs from the others in what names it, so that no lookup finds it at once."""
    if isinstance(element, str):
        return _text_numbered(element, index)
    if not isinstance(element, dict):
        return element
    copy = dict(element)
    for key, value in element.items():
        if isinstance(value, str) and value and _WORDS.search(key):
            copy[key] = _text_numbered(value, index)
        elif isinstance(value, int) and not isinstance(value, bool) and _WORDS.search(key):
            copy[key] = value + index
    return copy


def _text_numbered(text: str, index: int) -> str:
    """A commit's id keeps its length; a time stays as it is."""
    if is_time(text):
        return text
    number = f"{index:08x}"
    return text[: -len(number)] + number if len(text) >= 32 else f"{text}{index}"
