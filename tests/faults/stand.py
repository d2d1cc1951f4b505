"""The stand: all processes, what was handed in, and what they owe."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
from clickhouse_driver import Client

from deploy.demo.moments import Planned
from deploy.settled import wait_until_settled
from producers.signatures import github_headers
from schemas.connections import client_arguments
from schemas.deliveries import Answer, Secret
from tests.end_to_end.embedded_stack import SECRET
from tests.end_to_end.sender import Sent, send
from tests.faults.load import Load
from tests.faults.obligations import Obligations
from tests.faults.processes import Processes

SETTLE_S = 90


class Stand(Processes):
    """All processes; `obligations` grows from test to test."""

    def __init__(
        self, folder: Path, kafka_folder: Path | None = None, clickhouse_folder: Path | None = None, **gateway: Any
    ) -> None:
        super().__init__(folder, kafka_folder, clickhouse_folder, **gateway)
        self.obligations = Obligations()

    def client(self) -> Client:
        """A new connection to ClickHouse."""
        # By the worker's configuration: the store's may lead through a proxy.
        return Client(**client_arguments(self.config("worker").connections.clickhouse, "a password of the stand"))

    def load(self, service: str, count: int, first: int = 0) -> list[Planned]:
        """The deliveries of a load that ended just now, expected by the oracle."""
        return self.obligations.expect(Load(service, count, datetime.now(UTC), first))

    def post(self, planned: Planned, secret: bytes = SECRET, gateway: str = "gateway") -> httpx.Response:
        """Post once; a 2xx becomes an obligation. Raises httpx.TransportError."""
        return self.post_body(planned.event, orjson.dumps(planned.body), secret, gateway)

    def post_body(
        self, event: str, body: bytes, secret: bytes = SECRET, gateway: str = "gateway", poison: bool = False
    ) -> httpx.Response:
        """Post a body once; `poison` is authentic JSON that no mapping fits."""
        id_ = self.obligations.offer(event, body)
        if poison:
            self.obligations.poison.add(id_)
        response = self.post_raw(event, body, secret, gateway)
        if response.is_success:
            self.obligations.answer(Answer.model_validate_json(response.content))
        return response

    def post_raw(
        self, event: str, body: bytes, secret: bytes = SECRET, gateway: str = "gateway", **more: str
    ) -> httpx.Response:
        """Post a body that is to be refused; `more` are its headers beside GitHub's."""
        headers = github_headers(event, body, Secret(secret), str(uuid4()))
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        hook = f"{self.url(gateway)}/hooks/github"
        return httpx.post(hook, content=body, headers=headers, timeout=30, trust_env=False)

    def send(self, planned: Sequence[Planned], rate: float = 200, gateway: str = "gateway") -> Sent:
        """Post all, each until it is answered 2xx."""
        sent = asyncio.run(send(f"{self.url(gateway)}/hooks/github", planned, rate))
        self._note(sent)
        return sent

    @contextmanager
    def sending(self, planned: Sequence[Planned], rate: float, gateway: str = "gateway") -> Iterator[list[Sent]]:
        """Post all while the block runs, and wait until each is answered 2xx; the list then holds what was sent."""
        done: list[Sent] = []
        hook = f"{self.url(gateway)}/hooks/github"
        thread = threading.Thread(target=lambda: done.append(asyncio.run(send(hook, planned, rate))), daemon=True)
        thread.start()
        try:
            yield done
        finally:  # what was sent is owed, and known to the oracle, whatever else went wrong
            thread.join(120)
            assert done, "not every delivery was answered 2xx"
            self._note(done[0])

    def _note(self, sent: Sent) -> None:
        for event, body in sent.bodies:
            self.obligations.offer(event, body)
        for answer in sent.answers:
            self.obligations.answer(answer)

    def missing(self) -> int:
        """Events answered 2xx that ClickHouse does not have."""
        rows = self.client().execute("SELECT DISTINCT id FROM events")
        return len(self.obligations.events - {str(id_) for (id_,) in rows})

    def settle(self, seconds: float = SETTLE_S) -> float:
        """Wait until everything answered 2xx is stored and nothing is on its way; the seconds that it took."""
        began = time.monotonic()
        wait_until_settled(self.folder, self.missing, seconds)
        return time.monotonic() - began
