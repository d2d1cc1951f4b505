"""Oracle (b): whatever part of the company's deliveries comes, in whatever order and however often, what is observed is
what is true of that part."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.deliveries import deliveries
from deploy.demo.moments import Planned
from deploy.demo.truth import Fact, truth
from schemas.catalog import Catalog
from schemas.codec import decode_event
from schemas.observations import Observation
from schemas.topics import EVENTS
from stream_processors.correlate import correlate
from stream_processors.correlate.ledger import Ledger
from tests.demo.second_reading import facts_of, may_be_missing
from tests.demo.test_through_the_core import START, configuration, taken_in
from tests.stream_processors.memory_state import MemoryState


def observed(sent: Sequence[Planned]) -> list[Fact]:
    """What correlate has said last of each subject, by the pure core alone."""
    config = configuration()
    catalog = Catalog(config.services)
    states: dict[str, MemoryState] = defaultdict(MemoryState)
    said: dict[str, Observation] = {}
    arrived_ms = int((START + timedelta(days=20)).timestamp() * 1_000)
    for one in sent:
        for record in taken_in(one, config, catalog).records:
            if record.topic == EVENTS:
                service = record.key.decode()
                ledger = Ledger(states[service], service, arrived_ms)
                said |= {one.id: one for one in correlate(decode_event(record.value), ledger, catalog)}
                ledger.flush()
    return sorted(
        Fact(one.at, one.metric, one.part, one.service, one.subject, one.value, one.weight)
        for one in said.values()
        if one.value is not None and one.weight > 0
    )


def test_the_second_reading_of_all_deliveries_is_the_truth() -> None:
    end = START + timedelta(days=10)
    assert facts_of(list(deliveries(7, START, end)), truth(7, START, end)) == truth(7, START, end)


@pytest.mark.faults(19)
@given(
    seed=st.integers(0, 10_000),
    hours=st.integers(24, 96),
    missing=st.floats(0, 0.5),
    repeated=st.floats(0, 0.5),
    late=st.floats(0, 1),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_what_is_observed_of_a_part_in_any_order_is_what_is_true_of_it(
    seed: int, hours: int, missing: float, repeated: float, late: float, chance: random.Random
) -> None:
    end = START + timedelta(hours=hours)
    all_ = list(deliveries(seed, START, end))
    sent = [one for one in all_ if not (may_be_missing(one) and chance.random() < missing)]
    expected = facts_of(sent, truth(seed, START, end))
    told = sent + [one for one in sent if chance.random() < repeated]
    if late == 1:
        chance.shuffle(told)
    else:  # most in order, some long after their time
        told.sort(key=lambda one: one.at + timedelta(days=chance.random() < late and chance.uniform(0, 3)))
    assert observed(told) == expected
