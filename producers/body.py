"""Reading a request's body while counting: no more than the cap, no longer than the deadline."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from producers.gateway import TooLarge
from producers.source import Refused
from schemas.deliveries import Headers

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

BODY_CAP = 26_214_400
"""Bytes of the largest body that is taken in: GitHub's own cap of 25 MB."""


class TooSlow(Refused):
    """The body did not arrive before the deadline."""

    status = 408
    title = "Too slow"


class WrongEncoding(Refused):
    """The body is compressed: what was signed and what it would grow to are unknown before it is unpacked."""

    status = 415
    title = "Unsupported content encoding"


class Incomplete(Refused):
    """The length given in the header is not a number."""

    title = "Bad length"


class HungUp(Exception):
    """The sender closed the connection before the body's end: nobody waits for an answer."""


class Crowded(Exception):
    """The bodies of all requests together would take more memory than they may."""


class BodyMemory:
    """The bytes of bodies in memory, bounded over all requests: many large ones at once cannot exhaust a machine."""

    def __init__(self, most: int) -> None:
        self._free = most

    def take(self, size: int) -> None:
        """Raises Crowded if there is no room for `size` bytes more."""
        if size > self._free:
            raise Crowded
        self._free -= size

    def give_back(self, size: int) -> None:
        """What was taken is needed no more."""
        self._free += size


async def read_body(headers: Headers, receive: Receive, deadline: float, memory: BodyMemory) -> bytes:
    """The raw body, read within `deadline` seconds; its bytes are taken from `memory`, for the caller to give back.

    Raises TooLarge, TooSlow, WrongEncoding, Incomplete, HungUp or Crowded, with nothing taken.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise WrongEncoding("send the body as it was signed, without Content-Encoding")
    length = headers.get("content-length")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise Incomplete("Content-Length must be a number of bytes")
    if length is not None and int(length[:20]) > BODY_CAP:
        raise TooLarge(f"the body may have {BODY_CAP:,} bytes at most")
    try:
        async with asyncio.timeout(deadline):
            return await _read(receive, memory)
    except TimeoutError as late:
        raise TooSlow(f"the body must arrive within {deadline:g} seconds") from late


async def _read(receive: Receive, memory: BodyMemory) -> bytes:
    body = bytearray()
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise HungUp
            chunk: bytes = message.get("body", b"")
            if len(body) + len(chunk) > BODY_CAP:
                raise TooLarge(f"the body may have {BODY_CAP:,} bytes at most")
            memory.take(len(chunk))
            whole = not body and not message.get("more_body", False)
            if whole:
                return chunk  # the ordinary body: one chunk, not copied
            body += chunk
            if not message.get("more_body", False):
                return bytes(body)
    except BaseException:  # a cancelled read, too, gives back what it took
        memory.give_back(len(body))
        raise


async def discard_rest(receive: Receive, most_bytes: int, deadline: float) -> None:
    """Reads on for a while after an early answer: a sender that is still writing would not see it otherwise."""
    try:
        async with asyncio.timeout(deadline):
            while most_bytes > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                most_bytes -= len(message.get("body", b""))
    except TimeoutError:
        return  # it has had its chance to see the answer
