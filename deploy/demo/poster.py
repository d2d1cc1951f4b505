"""Posts one delivery, signed as GitHub signs it, until the gateway has answered for good."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import orjson

from deploy.demo.deliveries import Planned
from producers.signatures import github_headers
from schemas.deliveries import Answer, Secret

AT_ONCE = 8
"""How many connections post side by side."""

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


def pause_before(attempt: int, retry_after: str | None) -> float:
    """Seconds to wait before repeat number `attempt` (from 0): what the gateway asks for, else twice as long each
    time, never more than ten."""
    asked = float(retry_after) if retry_after is not None and retry_after.isdecimal() else 0.0
    return min(max(asked, _FIRST_PAUSE * (1 << min(attempt, 10))), _LONGEST_PAUSE)


class Poster:
    """Posts to `url`; writes a line for each delivery answered 2xx to `answered`: GitHub's event name and delivery
    and the gateway's Answer (delivery id, outcome, event ids)."""

    def __init__(self, url: str, secret: bytes, answered: Path, stop: asyncio.Event) -> None:
        self.tally = Tally()
        self._url, self._secret, self._stop = url, Secret(secret), stop
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
        headers = github_headers(planned.event, body, self._secret, planned.delivery)
        try:
            return await self._client.post(self._url, content=body, headers=headers)
        except httpx.TransportError:  # the gateway is away or was killed on the way: the same delivery is sent again
            return None

    def _note(self, planned: Planned, response: httpx.Response) -> None:
        if not response.is_success:
            self.tally.refused += 1
            return
        answer = Answer.model_validate_json(response.content)
        self.tally.count(answer)
        line = {"event": planned.event, "github_delivery": planned.delivery, **answer.model_dump()}
        self._answered.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
