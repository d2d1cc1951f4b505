"""A load generator that costs little: prepared requests over keep-alive connections, `python -m benchmarks.posting`.

It prints a line when its requests are prepared, then one of JSON: answers by status and place, seconds, and latencies
in milliseconds.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter
from typing import cast

import uvloop

from benchmarks.github_bodies import bodies


class Turns:
    """When each request is to be sent: `rate` a second from the first one on, or (0) at once."""

    def __init__(self, rate: float) -> None:
        self._every = 1 / rate if rate else 0.0
        self._next = 0.0

    def next(self) -> float:
        """The time (perf_counter) of the next request."""
        if not self._every:
            return time.perf_counter()
        self._next = self._next + self._every if self._next else time.perf_counter()
        return self._next


class Connection(asyncio.Protocol):
    """Posts one prepared request after another, each as soon as the one before has its answer.

    Where there are turns, a request waits for its own; one whose turn has passed counts from its turn on, so that a
    slow answer hides no queue behind it.
    """

    def __init__(self, requests: list[bytes], latencies: list[float], outcomes: Counter[str], turns: Turns) -> None:
        self._turns = turns
        self._requests = requests
        self._latencies = latencies
        self._outcomes = outcomes
        self._answer = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class does not say that it is one
        self._post()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(b"}"):
            return
        self._latencies.append(time.perf_counter() - self._begun)
        status = self._answer[9:12].decode()
        stored = "kafka" if b'"stored":"kafka"' in self._answer else "not in kafka"
        self._outcomes[f"{status} {stored}"] += 1
        self._answer = b""
        self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def _post(self) -> None:
        if not self._requests:
            self._transport.close()
            return
        self._begun = self._turns.next()
        wait = self._begun - time.perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._write)
        else:
            self._write()

    def _write(self) -> None:
        if self._requests:
            self._transport.write(self._requests.pop())
        else:
            self._transport.close()


def prepared(count: int, size: int, secret: bytes, first: int) -> list[bytes]:
    """Signed requests, ready to be written. Numbers start at `first`, so that no two runs post the same."""
    requests = []
    templates = list(bodies(2, size))
    for number in range(first, first + count):
        name, template = templates[number % 2]
        body = template.replace(b"8000000000", b"%d" % (8_000_000_000 + number))
        body = body.replace(b"9000000001", b"%d" % (9_000_000_000 + number))
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        head = (
            f"POST /hooks/github HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"user-agent: GitHub-Hookshot/044aadd\r\nx-github-event: {name}\r\nx-github-delivery: {number:032x}\r\n"
            f"x-hub-signature-256: sha256={signature}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


async def post_all(port: int, requests: list[bytes], connections: int, rate: float) -> dict[str, object]:
    """Posts all requests; what came of it."""
    latencies: list[float] = []
    outcomes: Counter[str] = Counter()
    loop, turns = asyncio.get_running_loop(), Turns(rate)
    begun = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Connection(requests, latencies, outcomes, turns), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.ended for _, protocol in opened))
    return {
        "seconds": time.perf_counter() - begun,
        "outcomes": outcomes,
        "latencies_ms": sorted(round(latency * 1000, 2) for latency in latencies),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Posts signed GitHub bodies to a gateway.")
    for name in ("port", "count", "size", "connections", "first"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--secret", required=True)
    asked = parser.parse_args()
    requests = prepared(asked.count, asked.size, asked.secret.encode(), asked.first)
    print("ready", flush=True)
    print(json.dumps(uvloop.run(post_all(asked.port, requests, asked.connections, asked.rate))))
