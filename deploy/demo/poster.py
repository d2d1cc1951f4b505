"""Posts one delivery, signed as its tool signs it, until the gateway has answered for good."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import orjson

from deploy.demo.moments import Planned
from schemas.deliveries import Answer

AT_ONCE = 8
"""How many connections post side by side."""

Sign = Callable[[Planned, bytes], dict[str, str]]
"""The headers that a delivery's tool would send with its body."""

_FOR_NOW = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


@dataclass(slots=True)
class Tally:
    """What became of the deliveries: each counts once in `sent`, and once in `answered` (2xx) or `refused` (4xx).

    `retried` counts the repeats that a lost connection or a refusal for now (such as 503) needed.
    """

    sent: int = 0
    answered: int = 0
    accepted: int = 0
    ignored: int = 0
    dead_letters: int = 0
    refused: int = 0
    retried: int = 0

    def count(self, answer: Answer) -> None:
        """Counts a delivery that was answered 2xx."""
        self.answered += 1
        self.accepted += answer.outcome == "accepted"
        self.ignored += answer.outcome == "ignored"
        self.dead_letters += answer.outcome == "dead-letter"

    def __add__(self, other: Self) -> Self:
        """Both together."""
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def pause_before(attempt: int, retry_after: str | None) -> float:
    """Seconds to wait before repeat number `attempt` (from 0): what the gateway asks for, else twice as long each
    time, never more than ten."""
    asked = float(retry_after) if retry_after is not None and retry_after.isdecimal() else 0.0
    return min(max(asked, _FIRST_PAUSE * (1 << min(attempt, 10))), _LONGEST_PAUSE)


class Poster:
    """Posts to the gateway at the base address `gateway`; writes a line for each delivery answered 2xx to `answered`:
    its source, the tool's name of the event and of the delivery, and the gateway's Answer (id, outcome, event ids)."""

    def __init__(self, gateway: str, sign: Sign, answered: Path, stop: asyncio.Event) -> None:
        self.tally = Tally()
        self._gateway, self._sign, self._stop = gateway.rstrip("/"), sign, stop
        answered.parent.mkdir(parents=True, exist_ok=True)
        self._answered = answered.open("ab", buffering=0)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._client = httpx.AsyncClient(limits=limits, timeout=15, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
        self._answered.close()

    async def post(self, planned: Planned) -> bool:
        """Posts a delivery, again and again while the gateway cannot take it. False if `stop` came before an answer."""
        body = orjson.dumps(planned.body)
        self.tally.sent += 1
        attempt = 0
        while True:
            response = await self._try(planned, body)
            if response is not None and response.status_code not in _FOR_NOW:
                self._note(planned, response)
                return True
            retry_after = None if response is None else response.headers.get("retry-after")
            with suppress(TimeoutError):  # the usual end of the pause: nobody asked to stop
                await asyncio.wait_for(self._stop.wait(), pause_before(attempt, retry_after))
            if self._stop.is_set():
                return False
            attempt += 1
            self.tally.retried += 1

    async def _try(self, planned: Planned, body: bytes) -> httpx.Response | None:
        headers = self._sign(planned, body)
        try:
            return await self._client.post(f"{self._gateway}/hooks/{planned.source}", content=body, headers=headers)
        except httpx.TransportError:  # the gateway is away or was killed on the way: the same delivery is sent again
            return None

    def _note(self, planned: Planned, response: httpx.Response) -> None:
        if not response.is_success:
            self.tally.refused += 1
            return
        answer = Answer.model_validate_json(response.content)
        self.tally.count(answer)
        line = {"source": planned.source, "event": planned.event, "sent_as": planned.delivery, **answer.model_dump()}
        self._answered.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
