"""`pipegauge source drift` over a real ClickHouse: what was stored before a moment against what was stored since."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from producers.gateway import take_in
from producers.opening import open_sources
from schemas.catalog import Catalog
from schemas.config_text import parse
from schemas.deliveries import Delivery
from tests.command_line.conftest import Run, run
from tests.deploy.storing import Storing
from tests.embedded.clickhouse_process import Running
from tests.engines import itself

assert run  # a fixture

CONFIG = """salt: salt
sources:
  acme-ci:
    unsigned: true
    mapping: {event: type, events: {heartbeat: [], pulse: []}}
  junit: {unsigned: true}
"""
NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)
REPORT = b'<testsuite name="unit"><testcase name="a"/></testsuite>'


@pytest.fixture(scope="module")
def storing(clickhouse: Running) -> Iterator[Storing]:
    storing = Storing(clickhouse, "drift")
    config = parse(CONFIG, "p.yaml")
    sources = open_sources(config, itself)

    def taken_in(source: str, body: Any, days: int) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        delivery = Delivery(source, {}, raw, None, NOON + timedelta(days=days))
        of = sources[source]
        storing.put(take_in(delivery, of.source, (), of.settings, Catalog(()), b"salt", "").records)

    for number in range(5):
        taken_in("acme-ci", {"type": "heartbeat", "id": number, "load": {"cpu": 1}}, 0)
        taken_in("acme-ci", {"type": "heartbeat", "id": str(number), "host": "x"}, 5)
    taken_in("acme-ci", {"type": "pulse", "n": 1}, 0)
    taken_in("acme-ci", {"type": "pulse", "n": 1, "more": True}, 5)
    taken_in("junit", REPORT, 0)
    taken_in("junit", REPORT.replace(b"unit", b"more"), 5)
    yield storing
    storing.client.disconnect()


@pytest.fixture
def drift(storing: Storing, run: Run, tmp_path: Path) -> Any:
    values = yaml.safe_load(CONFIG) | {"connections": storing.connections.model_dump(mode="json", exclude_unset=True)}
    (tmp_path / "gauge.yaml").write_text(yaml.safe_dump(values), "utf-8")
    return lambda *words: run("source", "drift", *words, "--config", str(tmp_path / "gauge.yaml"))


def test_what_drifted_is_named_and_counted_by_event(drift: Any) -> None:
    told = drift("--since", "8d")
    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        "acme-ci heartbeat: 5 payloads before, 5 since",
        "  + host: text 5",
        "  ~ id: number 5 → text 5",
        "  - load: object 5",
        "acme-ci pulse: 1 payloads before, 1 since",
        "  + more: boolean 1",
    ]
    assert told.returncode == 1, "a field vanished"


def test_the_same_as_json_and_for_one_source(drift: Any) -> None:
    told = json.loads(drift("acme-ci", "--since", "8d", "--json").stdout)
    assert {(one["event"], one["field"], one["change"]) for one in told} == {
        ("heartbeat", "host", "appeared"),
        ("heartbeat", "id", "type"),
        ("heartbeat", "load", "vanished"),
        ("pulse", "more", "appeared"),
    }
    none = drift("junit", "--since", "8d")
    assert (none.returncode, none.stdout) == (0, "nothing drifted since 8d\n")


def test_of_one_time_only_nothing_is_told(drift: Any) -> None:
    assert drift("--since", "1d").returncode == 0
