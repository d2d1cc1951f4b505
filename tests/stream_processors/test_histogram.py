"""Histograms: fixed integer bounds, exact ranks, exact shares at round limits."""

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.histogram import BOUNDS, bucket_of, count_within, quantile


def test_the_bounds_are_integers_about_two_percent_apart() -> None:
    assert list(BOUNDS) == sorted(set(BOUNDS))
    steps = [(high - low) / low for low, high in pairwise(BOUNDS) if low >= 100]
    assert max(steps) <= 0.0201


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=50), st.sampled_from([0.5, 0.75, 0.9, 0.95]))
def test_a_quantile_is_the_bucket_of_the_nearest_rank(values: list[int], q: float) -> None:
    histogram: dict[int, int] = {}
    for value in values:
        histogram[bucket_of(value)] = histogram.get(bucket_of(value), 0) + 1
    exact = sorted(values)[ceil(round(q * 100) * len(values) / 100) - 1]
    assert quantile(histogram, q) == BOUNDS[bucket_of(exact)]


@pytest.mark.parametrize("limit", [60_000, 600_000, 3_600_000, 86_400_000])
def test_a_share_within_a_round_limit_is_exact(limit: int) -> None:
    assert limit in BOUNDS
    assert count_within({bucket_of(limit): 1, bucket_of(limit + 1): 5}, limit) == 1
