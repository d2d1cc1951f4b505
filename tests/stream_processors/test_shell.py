"""Whose fault it is when an agent fails: the record's, the world's, or that of the tick's own code."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from schemas import topics
from stream_processors.agents import shell
from stream_processors.agents.shell import Arrival, Steps, define
from stream_processors.breaker import Breaker
from stream_processors.journal import StateError
from stream_processors.outbox import Outbox

RECORD = (topics.EVENTS, b"{}")
TICK = (topics.TICKS, b"1772442000")


class Ended(BaseException):
    """Where the process would have ended."""


@pytest.fixture(autouse=True)
def ending(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(shell, "os", SimpleNamespace(_exit=end))


class Posted(Outbox):
    """An outbox whose records are taken at once."""

    async def post(self) -> None:
        """Nobody takes them further."""


class Stream:
    """What Faust gives an agent."""

    def __init__(self, records: tuple[tuple[str, bytes], ...]) -> None:
        self._records = records

    def events(self) -> AsyncIterator[Any]:
        """The records, one after the other."""
        return _events(self._records)


class Stand:
    """A worker as the shell sees it, and the agent that it was given."""

    def __init__(self, take: Callable[[Arrival], None], tick: Callable[[int, int], Steps]) -> None:
        self.outbox = Posted()
        self.breakers: dict[str, Breaker] = {}
        self.streams: set[Any] = set()
        self.app = SimpleNamespace(topic=lambda *_, **__: None, agent=lambda *_, **__: self._keep)
        define(self, "correlate", topics.EVENTS, take, tick)  # type: ignore[arg-type]

    def _keep(self, agent: Callable[[Any], Any]) -> None:
        self._agent = agent

    def process(self, *records: tuple[str, bytes]) -> list[str]:
        """The topics of what was published."""
        asyncio.run(self._agent(Stream(records)))
        return [record.topic for record in self.outbox._queued]


async def _events(records: tuple[tuple[str, bytes], ...]) -> AsyncIterator[Any]:
    for offset, (topic, value) in enumerate(records):
        message = SimpleNamespace(
            topic=topic, partition=0, offset=offset, timestamp=0.0, key=b"k", value=value, headers=()
        )
        yield SimpleNamespace(message=message)


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail


def nothing(*_: object) -> Steps:
    return []


def test_a_record_that_cannot_be_taken_becomes_a_dead_letter() -> None:
    stand = Stand(failing(ValueError("a field")), nothing)
    assert stand.process(RECORD, TICK, RECORD) == [topics.DEAD_LETTERS, topics.DEAD_LETTERS]


def test_an_error_of_the_local_store_ends_the_process_and_blames_no_record() -> None:
    stand = Stand(failing(StateError("no space left")), nothing)
    with pytest.raises(Ended, match=str(shell.EXIT_WORLD)):
        stand.process(RECORD)
    assert not stand.outbox._queued


@pytest.mark.parametrize("at", ["tick", "step"])
def test_a_tick_that_fails_ends_the_process_and_blames_no_record(at: str) -> None:
    fail = failing(ZeroDivisionError("of a window"))
    stand = Stand(lambda _: None, fail if at == "tick" else lambda *_: [fail])
    with pytest.raises(Ended, match=str(shell.EXIT_WORLD)):
        stand.process(TICK)
    assert not stand.outbox._queued


def test_a_tick_that_is_none_is_a_dead_letter_once_and_the_next_one_counts() -> None:
    moved: list[int] = []

    def tick(_: int, now_ms: int) -> Steps:
        moved.append(now_ms)
        return []

    assert Stand(lambda _: None, tick).process((topics.TICKS, b"noon"), TICK) == [topics.DEAD_LETTERS]
    assert moved == [1_772_442_000_000]
