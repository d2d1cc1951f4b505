"""Histograms with fixed logarithmic bounds: integers, so that they add, subtract and merge exactly.

A value v falls into the bucket of the smallest bound that is not below it ("le", as in Prometheus). Bounds grow by 2 %
in integer arithmetic, which any language repeats exactly; round figures that people set limits at (10 minutes, a day)
are bounds too, so that a share "within 10 minutes" is exact. In SQL the bound of v is
`bounds[indexOf(bounds, arrayFirst(b -> b >= v, bounds))]`, with `BOUNDS` as its array.
"""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_ROUND = {
    *(seconds * 1_000 for seconds in (1, 2, 5, 10, 15, 20, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 45)),
    *(hours * _HOUR for hours in (1, 2, 4, 6, 8, 12)),
    *(days * _DAY for days in (1, 2, 3, 5, 7, 10, 14, 21, 28, 30, 60, 90, 180, 365)),
}
_TOP = 20 * 365 * _DAY


def _bounds() -> tuple[int, ...]:
    bounds = {0, *_ROUND}
    bound = 1
    while bound < _TOP:
        bounds.add(bound)
        bound = max(bound + 1, bound * 51 // 50)
    return tuple(sorted(bounds | {_TOP}))


BOUNDS = _bounds()
"""The upper bounds of the buckets in ascending order, in the unit of the values (ms for durations)."""


def bucket_of(value: int) -> int:
    """The index in BOUNDS of the bucket that holds `value` (not negative); beyond the last bound the last bucket."""
    return min(bisect_left(BOUNDS, value), len(BOUNDS) - 1)


def quantile(histogram: Mapping[int, int], q: float) -> int | None:
    """The upper bound of the bucket of the value with nearest rank ceil(q · n); None where nothing was counted."""
    count = sum(histogram.values())
    if count == 0:
        return None
    rank = max(1, -(-count * round(q * 100) // 100))
    buckets = sorted(histogram)
    for bucket, reached in zip(buckets, accumulate(histogram[bucket] for bucket in buckets), strict=True):
        if reached >= rank:
            return BOUNDS[bucket]
    raise AssertionError("the ranks of a histogram end at its count")


def count_within(histogram: Mapping[int, int], limit: int) -> int:
    """How many values are at most `limit`; exact where `limit` is a bound."""
    last = bucket_of(limit)
    return sum(count for bucket, count in histogram.items() if bucket <= last)
