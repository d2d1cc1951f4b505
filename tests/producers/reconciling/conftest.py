"""A vendor's API on loopback, a clock that only sleeping moves, and a gateway that takes everything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.reconciling.api import Api
from producers.reconciling.reconciler import Reconciler
from producers.reconciling.vendor import Reconcilable
from schemas.deliveries import Answer
from tests.producers.reconciling.vendor_server import VendorServer, serving

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@dataclass
class World:
    """Everything that reconciling touches. `posted` are the headers and bodies that a gateway was sent."""

    server: VendorServer
    folder: Path
    now: float = NOW.timestamp()
    slept: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    posted: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def api(self, base: str = "/api") -> Api:
        return Api(self.server.address + base, {"authorization": "Bearer a token"}, self.sleep, lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def reconciler(self, vendor: Reconcilable, dry: bool = False) -> Reconciler:
        return Reconciler(vendor, self.api(), self.folder / "state.json", dry, self.said.append)

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        self.posted.append((headers, body))
        return Answer(delivery="d", outcome="accepted", stored="kafka", events=())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(VendorServer()) as server:
        yield World(server, tmp_path)
