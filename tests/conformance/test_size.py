"""Whether time grows faster than length is found out on a machine that is slow for a while, too."""

import gc
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from producers.conformance.case import Sample, document_of, put
from producers.conformance.size import size
from producers.vendor import Told
from schemas.events import Event
from tests.conformance.acme import PUSH, SOUND, case, with_mapping

SLOW_PHASES = [range(first, first + 3) for first in range(10)]


@dataclass
class Clock:
    """Advances with every long payload that is read, and three times as far in each reading that is `slow`."""

    seconds: Callable[[int], float]
    slow: range
    now: float = 0.0
    reading: int = 0

    def push(self, told: Told) -> list[Event]:
        different = len({one.text("id") for one in told.payload.parts("commits")})
        if different > 1:
            self.now += self.seconds(different) * (3 if self.reading in self.slow else 1)
            self.reading += 1
        return []


def found(seconds: Callable[[int], float], slow: range) -> list[str]:
    """What is said of a source to which a push of so many different commits takes so many seconds."""
    clock = Clock(seconds, slow)
    push = case("push", PUSH)
    sample = Sample(push, document_of(SOUND, push), put(SOUND, push))
    return [one.said for one in size(with_mapping("push", clock.push), [sample], lambda: clock.now)]


@pytest.mark.parametrize("slow", SLOW_PHASES)
def test_a_quadratic_source_is_found_whenever_the_machine_was_slow(slow: range) -> None:
    assert found(lambda n: 5e-6 * n + 1e-8 * n * n, slow) == [
        "the time that `normalise` takes grows faster than commits"
    ]


@pytest.mark.parametrize("slow", SLOW_PHASES)
def test_a_linear_source_is_blamed_for_nothing_that_the_machine_did(slow: range) -> None:
    assert found(lambda n: 2e-5 * n, slow) == []


def test_what_the_machine_collects_meanwhile_is_not_the_source_s() -> None:
    """Garbage collection made 8,000 commits take eight times as long as 2,000 of a source that is linear."""
    collecting: list[bool] = []

    def seconds(commits: int) -> float:
        collecting.append(gc.isenabled())
        return 2e-5 * commits

    found(seconds, range(0))
    assert set(collecting) == {False}
    assert gc.isenabled()
