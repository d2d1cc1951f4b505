"""Tells Northwind's story to the gateway: the past as fast as it is taken, the present as it happens."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.deliveries import deliveries
from deploy.demo.moments import Planned
from deploy.demo.poster import AT_ONCE, Poster, Sign, Tally
from deploy.demo.script import Script, load_script, save_script
from deploy.demo.story import Session

_SAVED_EVERY = 250
_FOR_EVER = timedelta(days=3_650)
_CATCH_UP = timedelta(seconds=60)
_AHEAD = timedelta(seconds=120)


class Deliveries(Protocol):
    """A story as it is sent: see deploy.demo.deliveries.deliveries."""

    def __call__(
        self, seed: int, start: datetime, end: datetime, sessions: Sequence[Session] = (), since: datetime | None = None
    ) -> Iterator[Planned]: ...


class Feed:
    """Posts `deliveries` to the gateway at the base address `gateway` until `stop` is set; an async context manager.

    `folder` keeps `script.json` (how far the story was told) and `answered.jsonl` (see Poster). A story that is kept
    there goes on; else a new one of `seed` begins at `start`.
    """

    def __init__(
        self,
        gateway: str,
        sign: Sign,
        folder: Path,
        *,
        seed: int,
        start: datetime,
        stop: asyncio.Event,
        deliveries: Deliveries = deliveries,
    ) -> None:
        self._poster = Poster(gateway, sign, folder / "answered.jsonl", stop)
        self._deliveries = deliveries
        self._stop = stop
        self._path = folder / "script.json"
        self._script = load_script(self._path, seed, start)
        self._unanswered: dict[str, datetime] = {}

    async def __aenter__(self) -> Self:
        await self._poster.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._poster.__aexit__(None, None, None)

    @property
    def tally(self) -> Tally:
        """The counts of all that this feed posted."""
        return self._poster.tally

    @property
    def script(self) -> Script:
        """What was told: `truth(seed, start, sent_until, sessions)` of it is what must be observed."""
        return self._script

    async def backfill(self, end: datetime, console: Console | None = None) -> None:
        """Posts what happened before `end` and was not answered yet; with a console, under a progress bar."""
        end = end.replace(microsecond=0)
        script = self._script
        planned = list(self._deliveries(script.seed, script.start, end, script.sessions, since=script.sent_until))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=console is None) as progress:
            task = progress.add_task("Posting the past", total=len(planned))
            await self._tell(planned, end, lambda: progress.advance(task))

    async def live(self, rate: float, seconds: float | None = None) -> None:
        """Posts live work at about `rate` deliveries a second, for `seconds` or until stopped.

        Up to a minute of it is made up for at once, so that changes reach production from the first seconds on.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        end = now + (_FOR_EVER if seconds is None else timedelta(seconds=round(seconds)))
        session = Session(max(self._script.sent_until, now - _CATCH_UP), end, rate)
        self._script = script = self._script.with_session(session)
        planned = self._deliveries(script.seed, script.start, end, script.sessions, since=script.sent_until)
        await self._tell(planned, end, lambda: None)
        self._script = self._script.clipped(self._script.sent_until)
        save_script(self._path, self._script)

    async def _tell(self, planned: Iterable[Planned], end: datetime, advance: Callable[[], object]) -> None:
        queue: asyncio.Queue[Planned | None] = asyncio.Queue(maxsize=AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(queue, advance))
            handed_out_until = await self._hand_out(planned, end, queue)
            for _ in range(AT_ONCE):
                await queue.put(None)
        self._told(handed_out_until)

    async def _hand_out(
        self, planned: Iterable[Planned], end: datetime, queue: asyncio.Queue[Planned | None]
    ) -> datetime:
        """Hands out each delivery when its time has come; the moment before which all were handed out.

        `stop` is heeded only between two moments, so that none is told by half.
        """
        second: datetime | None = None
        for index, delivery in enumerate(planned):
            if delivery.at != second:
                second = delivery.at
                waited = await self._wait_until(second)
                if self._stop.is_set():
                    return second
                if waited or index % _SAVED_EVERY == 0:
                    self._told(second)
            self._unanswered[delivery.delivery] = delivery.at
            await queue.put(delivery)
        await self._wait_until(end)
        return end

    async def _work(self, queue: asyncio.Queue[Planned | None], advance: Callable[[], object]) -> None:
        while (delivery := await queue.get()) is not None:
            if await self._poster.post(delivery):
                del self._unanswered[delivery.delivery]
                advance()

    async def _wait_until(self, at: datetime) -> bool:
        left = (at - datetime.now(UTC)).total_seconds()
        if left > 0:
            with suppress(TimeoutError):  # the usual end of the wait: nobody asked to stop
                await asyncio.wait_for(self._stop.wait(), left)
        return left > 0

    def _told(self, handed_out_until: datetime) -> None:
        """Keeps how far the story was told: up to the oldest delivery without an answer.

        The file's live session reaches a little further, so that after a kill everything that was sent since is sent
        again, and nothing stays that the story does not know of.
        """
        self._script = self._script.told_until(min([handed_out_until, *self._unanswered.values()]))
        save_script(self._path, self._script.clipped(handed_out_until + _AHEAD))
