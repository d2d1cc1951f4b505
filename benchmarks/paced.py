"""Posts signed deliveries to a gateway at an even pace, whether or not it keeps up."""

import hashlib
import hmac
import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

THREADS = 24


@dataclass(frozen=True)
class Posted:
    """A delivery answered 2xx: the ids of its events, and the client's time (epoch seconds) before and after."""

    events: tuple[str, ...]
    sent_at: float
    answered_at: float


class Poster:
    """Posts to the gateway on `port` of this machine, each thread over a connection of its own."""

    def __init__(self, port: int, secret: bytes) -> None:
        self._port = port
        self._secret = secret
        self._own = threading.local()

    def post(self, event: str, body: bytes) -> Posted:
        """Post one delivery. Raises SystemExit where it is not answered 202."""
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        connection: http.client.HTTPConnection = self._own.connection
        headers = {
            "content-type": "application/json",
            "x-github-event": event,
            "x-github-delivery": str(uuid.uuid4()),
            "x-hub-signature-256": "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest(),
        }
        sent_at = time.time()
        connection.request("POST", "/hooks/github", body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 202:
            raise SystemExit(f"the gateway answered {response.status}: {answer.decode()}")
        return Posted(tuple(json.loads(answer)["events"]), sent_at, time.time())

    def post_all(self, planned: Iterable[tuple[str, bytes]], rate: float, stop: threading.Event) -> list[Posted]:
        """Post one after another at `rate` a second, until all are posted or `stop` is set."""
        began = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            futures = []
            for index, (event, body) in enumerate(planned):
                if stop.wait(max(0.0, began + index / rate - time.monotonic())):
                    break
                futures.append(threads.submit(self.post, event, body))
            return [future.result() for future in futures]
