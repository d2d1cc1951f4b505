"""Mutated real payloads: none leaves the three doors. `make fuzz` tries 100,000."""

from random import Random

from tests.fuzz.fuzz import fuzz, mutations
from tests.fuzz.mutations import mutate

COUNT = 2_000
SEED = 1


def test_2000_mutated_payloads_leave_by_the_three_doors() -> None:
    found = fuzz(COUNT, SEED)
    print(dict(found.doors), found.resident_kib)
    assert found.failed == []
    assert sum(found.doors.values()) == COUNT
    assert {"accepted", "dead-letter", "ignored", "400"} <= found.doors.keys(), "the mutations reach every door"


def test_a_number_and_a_seed_say_which_payload_it_was() -> None:
    assert list(mutations(300, 5)) == list(mutations(300, 5))
    assert mutate(b'{"a": 1}', Random(1)) == mutate(b'{"a": 1}', Random(1))
