"""Facts without a provider's time: whenever they arrive, they are the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from producers.gateway import read
from producers.registry import find_source
from tests.producers.sources.golden import RECEIVED_AT, SALT, Case, cases

CASES = [case for case in cases() if case.events()]
LATER = timedelta(days=2)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fact_has_one_id_whenever_it_arrives(case: Case) -> None:
    first, again = (
        read(replace(case.delivery(), received_at=at), find_source(case.source), SALT).events
        for at in (RECEIVED_AT, RECEIVED_AT + LATER)
    )
    assert [event.id for event in first] == [event.id for event in again]
    for event, repeated in zip(first, again, strict=True):
        told = event.occurred_at == repeated.occurred_at
        assert told or (event.occurred_at, repeated.occurred_at) == (RECEIVED_AT, RECEIVED_AT + LATER)
