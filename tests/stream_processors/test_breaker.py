"""The breaker: errors among sound records are dead letters, nothing but errors holds the topic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processors.breaker import Breaker


@pytest.mark.faults(23)
def test_given_as_many_errors_in_a_row_as_may_be_the_next_one_is_held() -> None:
    breaker = Breaker(3)
    breaker.passed(0, 9)
    assert [breaker.failed(0, offset, "a word") for offset in (10, 11, 12)] == [True] * 3
    assert not breaker.is_open
    assert not breaker.failed(0, 13, "a word")
    assert breaker.reason == "4 records in a row could not be processed; the last: a word"
    assert breaker.last_commit(0) == 13, "the record that was one too many comes again"
    assert breaker.last_commit(1) is None


def test_given_a_sound_record_among_them_errors_go_on_to_be_dead_letters() -> None:
    breaker = Breaker(3)
    for offset in range(0, 40, 4):
        assert all(breaker.failed(0, offset + n, "") for n in range(3))
        breaker.passed(0, offset + 3)
    assert not breaker.is_open


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_what_may_be_committed_is_what_was_dealt_with(records: list[tuple[int, bool]]) -> None:
    breaker, dealt_with = Breaker(3), dict[int, int]()
    offsets = dict.fromkeys(range(4), 0)
    for partition, sound in records:
        if sound:
            breaker.passed(partition, offsets[partition])
        elif not breaker.failed(partition, offsets[partition], ""):
            break
        offsets[partition] += 1
        dealt_with[partition] = offsets[partition]
    assert all(breaker.last_commit(partition) == dealt_with.get(partition) for partition in range(4))
