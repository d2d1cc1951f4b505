"""Posting deliveries to a gateway until it has taken them."""

import time
from collections.abc import Callable, Mapping

import httpx

from schemas.deliveries import Answer

Post = Callable[[Mapping[str, str], bytes], Answer]
"""Hands in one delivery, its signed headers and body; returns once it is safe. Raises PostingError."""

_ANSWER_WITHIN_S = 30.0
_LONGEST_PAUSE_S = 10.0
_LATER = frozenset({408, 429, 503})


class PostingError(Exception):
    """The gateway does not take the delivery; the message says why and what to do."""


def poster(url: str, patience_s: float = 120.0, sleep: Callable[[float], None] = time.sleep) -> Post:
    """Posts to the gateway's address of a source, such as http://127.0.0.1:8480/hooks/git.

    A gateway that is away or asks to come back later is tried again, as it says in Retry-After, for `patience_s`
    seconds. The answer may be called from several threads.
    """
    client = httpx.Client(timeout=_ANSWER_WITHIN_S, trust_env=False)

    def post(headers: Mapping[str, str], body: bytes) -> Answer:
        waited, attempt = 0.0, 0
        while True:
            pause, reason = min(0.2 * 2**attempt, _LONGEST_PAUSE_S), ""
            try:
                response = client.post(url, content=body, headers=dict(headers))
            except httpx.TransportError as error:  # the gateway starts, restarts, or is gone
                reason = f"no answer from {url} ({type(error).__name__}); is the gateway running there?"
            else:
                if response.status_code == httpx.codes.ACCEPTED:
                    return Answer.model_validate_json(response.content)
                reason = f"{url} answered {response.status_code}: {_detail(response)}"
                if response.status_code not in _LATER:
                    raise PostingError(reason)
                pause = max(pause, _asked_pause(response))
            if waited + pause > patience_s:
                raise PostingError(reason)
            sleep(pause)
            waited, attempt = waited + pause, attempt + 1

    return post


def _asked_pause(response: httpx.Response) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), 60.0) if asked.isascii() and asked.isdigit() else 0.0


def _detail(response: httpx.Response) -> str:
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        return str(response.json().get("detail"))
    return "that is no gateway of pipegauge; check the address"
