"""A webhook sender as GitHub is one, except that it tries again until it is answered, and remembers every answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import orjson

from deploy.demo.moments import Planned
from producers.signatures import github_headers
from schemas.deliveries import Answer, Secret
from tests.end_to_end.embedded_stack import SECRET

AT_ONCE = 64


@dataclass
class Sent:
    """What was handed in: body by its plan, and what was answered 2xx; `seconds` is how long each answer took."""

    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    retries: int = 0
    seconds: list[float] = field(default_factory=list)


async def send(hook: str, planned: Sequence[Planned], rate: float) -> Sent:
    """Post `planned` at `rate` a second, each until it is answered 2xx."""
    sent, began = Sent(), time.monotonic()
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    # After an outage a thousand wait: for a connection of httpx's pool, each would look at all others again and again.
    turns = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(limits=limits, timeout=15, trust_env=False) as client, asyncio.TaskGroup() as group:
        for index, one in enumerate(planned):
            delay = began + index / rate - time.monotonic()
            if delay > 0:
                await asyncio.sleep(delay)
            group.create_task(_post(client, hook, one, sent, turns))
    return sent


async def _post(client: httpx.AsyncClient, hook: str, planned: Planned, sent: Sent, turns: asyncio.Semaphore) -> None:
    body = orjson.dumps(planned.body)
    sent.bodies.append((planned.event, body))
    headers = github_headers(planned.event, body, Secret(SECRET), planned.delivery)
    while True:
        try:
            async with turns:
                began = time.monotonic()
                response = await client.post(hook, content=body, headers=headers)
                sent.seconds.append(time.monotonic() - began)
            if response.is_success:
                sent.answers.append(Answer.model_validate_json(response.content))
                return
            assert response.status_code == 503, f"{response.status_code}: {response.text}"
        except httpx.TransportError:  # the gateway was killed under way: send again
            pass
        sent.retries += 1
        await asyncio.sleep(0.2)
