"""A vendor's REST API: asked politely, as often as it allows, and never at another address than its own."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx

from producers.reconciling.limits import pause_before_again, pause_before_next

LONGEST_PAUSE_S = 900.0
"""A longer pause is for whoever runs this: it goes on where it was when it is run again."""
_ANSWER_WITHIN_S = 30.0
_TRIES = 6


class VendorError(Exception):
    """The vendor does not answer as it should: one line saying what to do."""


class NotFound(VendorError):
    """There is no such thing, or the token may not see it."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its JSON, and the address of the page that follows."""

    value: Any
    following: str | None


class Api:
    """The API at `base`, such as https://api.github.com. `headers` carry the token; `sleep` and `now` are for tests."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base = base.rstrip("/") + "/"
        self._client = httpx.Client(headers=dict(headers), timeout=_ANSWER_WITHIN_S)
        self._sleep = sleep
        self._now = now
        self._pause = 0.0

    def get(self, path: str, **query: str | int) -> Page:
        """What is at `path` below the base, or at a page's `following`. Raises VendorError."""
        answer = self._ask("GET", path, query)
        link = answer.links.get("next", {}).get("url")
        return Page(_json(answer), urljoin(str(answer.url), link) if link else None)

    def post(self, path: str) -> Any:
        """What the vendor answers to a post of nothing. Raises VendorError."""
        return _json(self._ask("POST", path, {}))

    def pause(self, seconds: float) -> None:
        """Waits that long at least before the next request."""
        self._pause = max(self._pause, seconds)

    def _ask(self, method: str, path: str, query: Mapping[str, str | int]) -> httpx.Response:
        url = urljoin(self._base, path)
        if not url.startswith(self._base):  # the token is for this vendor alone
            raise VendorError(f"{self._base} refers to {url}, which is not its own; nothing was asked there")
        for attempt in range(_TRIES):
            self._wait(self._pause)
            self._pause = 0.0
            try:
                answer = self._client.request(method, url, params=dict(query) or None)
            except httpx.TransportError as error:
                if attempt + 1 == _TRIES:
                    raise VendorError(f"no answer from {url} ({type(error).__name__}); is it reachable?") from error
                self._pause = 2.0**attempt
                continue
            headers = {name.lower(): value for name, value in answer.headers.items()}
            self._pause = pause_before_next(headers, self._now())
            if answer.is_success:
                return answer
            again = pause_before_again(answer.status_code, headers, self._now())
            if again is None or attempt + 1 == _TRIES:
                raise _refusal(answer, method, url)
            self._pause = again
        raise AssertionError("the last try returns or raises")

    def _wait(self, seconds: float) -> None:
        if seconds > LONGEST_PAUSE_S:
            raise VendorError(
                f"{self._base} asks to come back in {seconds / 60:.0f} minutes; run this again then: it goes on where "
                "it was"
            )
        if seconds > 0:
            self._sleep(seconds)


def _refusal(answer: httpx.Response, method: str, url: str) -> VendorError:
    where = f"{method} {url.partition('?')[0]}"
    match answer.status_code:
        case 401:
            return VendorError(f"{where} refuses the token; correct `api: token:` of the source")
        case 403:
            return VendorError(f"{where} is not allowed to the token; give it the right to read and send webhooks")
        case 404 | 410 | 422:
            return NotFound(f"{where} is not there, or the token may not see it")
        case status:
            return VendorError(f"{where} answers {status}; try again later")


def _json(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise VendorError(f"{answer.url} does not answer in JSON; is that the API's address?") from error
