"""A mapping is broken, made worse, then right; what was dead is replayed, as if the mapping had never been broken."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from producers.mapping import MappedSource
from producers.sender import own_headers
from schemas.config_text import parse
from schemas.deliveries import Secret
from tests.end_to_end.embedded_stack import EmbeddedStack, stack_of
from tests.engines import eventually

SAMPLE = (Path(__file__).parents[1] / "fixtures/mapping/acme-ci.yaml").read_text("utf-8")
BROKEN = SAMPLE.replace("run: build.id", "run: build.number")
WORSE = SAMPLE.replace("run: build.id", "run: build[")
BEGAN = int(time.time()) - 3_600  # what is older than a quarter of a year is stored and not measured
LINE = 1 + SAMPLE[: SAMPLE.index("run: build.id")].count("\n")
SETTINGS = parse(SAMPLE, "sample").sources["acme-ci"]
REPORT = b'<testsuite name="unit" timestamp="2026-01-05T10:00:00Z"><testcase name="a"/></testsuite>'

TABLES = {
    "events": "SELECT * EXCEPT (stored_at, received_at, kafka_partition, kafka_offset, version) FROM events FINAL",
    "deliveries": "SELECT id, source, event_name, outcome, headers, body, event_ids FROM deliveries FINAL",
    "observations": "SELECT * EXCEPT (stored_at, kafka_partition, kafka_offset, version) FROM observations FINAL",
}


def build(number: int, status: str = "passed", **more: Any) -> bytes:
    told = {"id": number, "try": 1, "name": "build", "began": BEGAN, "ended": BEGAN + 300 + number}
    body = {"type": "build.finished", "repo": "acme/shop", "build": told | {"status": status, "commit": "abc"} | more}
    return json.dumps(body | {"by": {"login": "ann-example"}}).encode()


DELIVERIES = [build(1), build(2, "broken"), build(3, target="production"), b'{"type": "heartbeat"}']


def post(stack: EmbeddedStack, body: bytes) -> str:
    """Posts a delivery of acme; its outcome."""
    assert SETTINGS.mapping is not None
    acme = MappedSource("acme-ci", SETTINGS.mapping, SETTINGS.signature)
    headers = own_headers(acme, "", body, Secret(b"a secret of acme"), datetime.now(UTC))
    answer = httpx.post(f"{stack.endpoints['gateway']['url']}/hooks/acme-ci", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    outcome: str = answer.json()["outcome"]
    return outcome


def send_report(stack: EmbeddedStack) -> str:
    """Sends a test report as `pipegauge send` does; its outcome."""
    report, headers = stack.data.parent / "report.xml", stack.data.parent / "headers.json"
    report.write_bytes(REPORT)
    headers.write_text('{"X-Pipegauge-Service": "shop"}', "utf-8")
    answer = json.loads(pipegauge(stack, "send", "--source", "junit", "--headers", str(headers), str(report)))
    return str(answer["outcome"])


def pipegauge(stack: EmbeddedStack, *words: str) -> str:
    """What a command prints."""
    argv = [sys.executable, "-m", "deploy.cli", *words, "--data", str(stack.data)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def read_again(stack: EmbeddedStack, text: str, is_done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The file is written anew and the gateway told to read it; what its status says of that."""
    (stack.data.parent / "pipegauge.yaml").write_text(text, "utf-8")
    os.kill(stack.endpoints["gateway"]["pid"], signal.SIGHUP)
    eventually(lambda: is_done(stack.status("gateway")["config"]))
    said: dict[str, Any] = stack.status("gateway")["config"]
    return said


def tables(stack: EmbeddedStack, events: int) -> dict[str, list[str]]:
    """The tables' rows once all events and deliveries and their observations are stored, without times of arrival."""
    client = stack.clickhouse()

    def is_settled() -> bool:
        settled = client.execute("SELECT count() FROM events FINAL")[0][0] == events
        told = "SELECT count() FROM observations FINAL WHERE metric = 'pipeline_duration' AND part = ''"
        return bool(settled and client.execute(told)[0][0] == len(DELIVERIES) - 1)

    eventually(is_settled, 40)
    found = {name: [_timeless(row) for row in client.execute(sql)] for name, sql in TABLES.items()}
    client.disconnect()
    return {name: sorted(rows) for name, rows in found.items()}


def _timeless(row: tuple[Any, ...]) -> str:
    """A row as text; an event's body without its time of arrival."""
    values = []
    for value in row:
        if isinstance(value, str) and value.startswith('{"type"'):
            value = json.dumps({name: one for name, one in json.loads(value).items() if name != "received_at"})
        values.append(repr(value))
    return " ".join(values)


@pytest.mark.faults(26)
def test_what_was_dead_becomes_what_it_would_have_been(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "sound").mkdir()
    with stack_of(tmp_path / "broken", BROKEN) as stack:
        assert [post(stack, body) for body in DELIVERIES] == ["dead-letter"] * 3 + ["ignored"]
        assert send_report(stack) == "accepted"
        letters = "SELECT count() FROM dead_letters FINAL WHERE replayed_at IS NULL"
        eventually(lambda: stack.clickhouse().execute(letters) == [(3,)])
        assert "still dead 3: acme-ci: RunUpdated.run is missing: build.number" in pipegauge(
            stack, "replay", "--dead-letters"
        )

        first = stack.status("gateway")["config"]
        refused = read_again(stack, WORSE, lambda said: said["fault"] is not None)
        assert refused["loaded_at"] == first["loaded_at"]
        assert f"pipegauge.yaml:{LINE}: " in refused["fault"]
        assert post(stack, DELIVERIES[3]) == "ignored", "the old rules stay in force"

        taken = read_again(stack, SAMPLE, lambda said: said["fault"] is None)
        assert taken["loaded_at"] > first["loaded_at"]
        told = pipegauge(stack, "replay", "--dead-letters", "--diff")
        assert told.count("  + shop: ") == 4
        assert stack.clickhouse().execute(letters) == [(3,)], "--diff publishes nothing"
        done = json.loads(pipegauge(stack, "replay", "--dead-letters", "--reason", "build.number", "--json"))
        assert done == {
            **{"accepted": 3, "ignored": 0, "events": 4, "still_dead": [], "other_stages": {}, "stored": True}
        }
        assert stack.clickhouse().execute(letters) == [(0,)]
        again = json.loads(pipegauge(stack, "replay", "--dead-letters", "--json"))
        assert (again["accepted"], again["events"]) == (0, 0)
        replayed = tables(stack, 5)
    with stack_of(tmp_path / "sound", SAMPLE) as stack:
        assert [post(stack, body) for body in DELIVERIES] == ["accepted"] * 3 + ["ignored"]
        assert send_report(stack) == "accepted"
        never_broken = tables(stack, 5)
    assert replayed == never_broken
    assert not [row for rows in replayed.values() for row in rows if "ann-example" in row]
