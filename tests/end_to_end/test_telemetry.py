"""One stack with a collector: a delivery's one trace, every process's /metrics, and logs without secrets."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from producers.signatures import github_headers
from schemas.deliveries import Secret
from schemas.instruments import INSTRUMENTS, Name, Process
from tests.end_to_end.collector import Collector, Seen, collector
from tests.end_to_end.embedded_stack import SALT, SECRET, EmbeddedStack, embedded_stack
from tests.engines import eventually, free_port

TOKEN = "collector-token-of-the-tests"
DELIVERY = Path(__file__).parents[1] / "fixtures/sources/github/workflow_run/success.request.json"
NO_MAPPING = b'{"action": "completed", "workflow_run": {"words-of-a-body": 1}}'
OF_OTHER_DAYS: set[Name] = {
    "pipegauge.telemetry.dropped",
    "pipegauge.events.late_dropped",
    "pipegauge.held",
    "pipegauge.config.reloads",
}
"""They are told once there is something to tell, which no sound delivery makes."""


@pytest.fixture(scope="module")
def collected() -> Iterator[Collector]:
    with collector() as running:
        yield running


@pytest.fixture(scope="module")
def stack(collected: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """A stack through which one finished run and one delivery without a mapping have gone."""
    otlp = {"endpoint": collected.endpoint, "headers": {"x-token": TOKEN}}
    with embedded_stack(tmp_path_factory.mktemp("telemetry"), otlp) as running:
        yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"  # what is old is stored and not correlated
        body = json.dumps(json.loads(DELIVERY.read_text())["body"]).replace("2026-03-02", yesterday).encode()
        assert post(running, body) == 202
        assert post(running, NO_MAPPING) == 202
        assert post(running, b"{}", b"a wrong secret") == 401
        eventually(lambda: insert_of(collected, "observations") is not None, 60)
        yield running


def post(stack: EmbeddedStack, body: bytes, secret: bytes = SECRET) -> int:
    headers = github_headers("workflow_run", body, Secret(secret), "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    try:
        with urllib.request.urlopen(urllib.request.Request(stack.hook, body, dict(headers)), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:  # a refusal is an answer too
        return error.code


def named(spans: list[Seen], name: str) -> Seen:
    [found] = [span for span in spans if span.name == name]
    return found


def received(collected: Collector) -> Seen:
    return next(span for span in collected.spans if span.attributes.get("pipegauge.outcome") == "accepted")


def insert_of(collected: Collector, table: str) -> tuple[Seen, Seen] | None:
    """The flush that is linked to the accepted delivery's trace and inserted into `table`, and the insert."""
    trace = next((one.trace for one in collected.spans if one.attributes.get("pipegauge.outcome") == "accepted"), None)
    for flush in [span for span in list(collected.spans) if span.name == "store insert"]:
        if any(linked == trace for linked, _ in flush.links):
            for insert in list(collected.spans):
                if insert.parent == flush.span and insert.name == f"INSERT {table}":
                    return flush, insert
    return None


def metrics_of(stack: EmbeddedStack, process: str) -> str:
    url = stack.endpoints[process]["url"] + "/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        text: str = answer.read().decode()
        return text


def test_one_trace_leads_from_the_webhook_to_the_insert(stack: EmbeddedStack, collected: Collector) -> None:
    request = received(collected)
    eventually(lambda: len(collected.of(request.trace)) >= 4)
    spans = collected.of(request.trace)
    sent, correlated = named(spans, "send deliveries"), named(spans, "correlate events")
    rolled = [span for span in spans if span.name == "roll observations"]
    assert (request.name, request.service, request.parent) == ("receive github", "pipegauge-gateway", "")
    assert sent.parent == correlated.parent == request.span
    assert correlated.service == "pipegauge-worker"
    assert {span.parent for span in rolled} == {correlated.span}
    stored = insert_of(collected, "observations")
    assert stored is not None
    assert (request.trace, correlated.span) in stored[0].links
    assert insert_of(collected, "events") is not None


def test_spans_speak_the_words_of_the_conventions(stack: EmbeddedStack, collected: Collector) -> None:
    request = received(collected)
    eventually(lambda: any(span.name == "correlate events" for span in collected.of(request.trace)))
    correlated = named(collected.of(request.trace), "correlate events").attributes
    assert (
        request.attributes.items()
        >= {"http.request.method": "POST", "http.route": "/hooks/{source}", "http.response.status_code": "202"}.items()
    )
    assert (
        correlated.items()
        >= {
            "messaging.system": "kafka",
            "messaging.destination.name": "events",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": "pipegauge",
            "cicd.pipeline.result": "success",
        }.items()
    )
    assert correlated["vcs.repository.name"]
    assert correlated["cicd.pipeline.run.id"]
    stored = insert_of(collected, "events")
    assert stored is not None
    assert stored[1].attributes.items() >= {"db.system.name": "clickhouse", "db.collection.name": "events"}.items()


@pytest.mark.parametrize("process", ["gateway", "worker", "store", "board"])
def test_every_promised_metric_is_told(stack: EmbeddedStack, collected: Collector, process: Process) -> None:
    promised = {name for name, one in INSTRUMENTS.items() if process in one.processes} - OF_OTHER_DAYS
    if process != "gateway":
        promised -= {"pipegauge.dead_letters"}

    def missing() -> set[str]:
        families = {family.name for family in text_string_to_metric_families(metrics_of(stack, process))}
        stems = {name: name.replace(".", "_") for name in promised}
        return {name for name, stem in stems.items() if not any(one.startswith(stem) for one in families)}

    eventually(lambda: not missing())
    eventually(lambda: collected.metrics.get(f"pipegauge-{process}", set()) >= promised, 40)
    assert collected.headers["x-token"] == TOKEN


def test_deliveries_and_dead_letters_are_told_by_closed_words(stack: EmbeddedStack) -> None:
    text = metrics_of(stack, "gateway")
    assert re.search(r'^pipegauge_deliveries_total\{outcome="accepted",source="github"\} 1\.0$', text, re.MULTILINE)
    assert re.search(r'^pipegauge_deliveries_total\{outcome="refused",source="github"\} 1\.0$', text, re.MULTILINE)
    assert re.search(r'^pipegauge_dead_letters_total\{fault="\w+",stage="normalise"\} 1\.0$', text, re.MULTILINE)
    assert "pipegauge_spool_depth 0.0" in text
    assert re.search(r'^pipegauge_lag\{topic="events"\} 0\.0$', metrics_of(stack, "worker"), re.MULTILINE)


WRONG = {"kafka": "wrong-sasl-password", "clickhouse": "wrong-clickhouse-password", "source": "hook-secret-one"}


@pytest.mark.parametrize("command", ["receive", "work", "store", "board"])
def test_a_process_that_cannot_log_in_says_so_in_lines_of_json_and_never_its_secrets(
    stack: EmbeddedStack, tmp_path: Path, command: str
) -> None:
    found = stack.endpoints
    listen = {name: f"127.0.0.1:{free_port()}" for name in ("gateway", "worker", "store", "board")}
    config = {
        "sources": {"github": {"secrets": [WRONG["source"]]}},
        "salt": "salt-of-the-wrong",
        "listen": listen,
        "data": str(tmp_path / "data"),
        "connections": {
            "kafka": {
                "brokers": [found["kafka"]["address"]],
                "sasl": {"username": "me", "password": WRONG["kafka"], "mechanism": "PLAIN"},
            },
            "clickhouse": {"port": int(found["clickhouse"]["address"].split(":")[1]), "password": WRONG["clickhouse"]},
            "otlp": {"endpoint": "http://127.0.0.1:9", "headers": {"authorization": f"Bearer {TOKEN}"}},
        },
    }
    (tmp_path / "pipegauge.yaml").write_text(json.dumps(config))
    argv = [sys.executable, "-m", "deploy.cli", command, "--config", str(tmp_path / "pipegauge.yaml")]
    output = tmp_path / "log"
    with output.open("wb") as file, subprocess.Popen(argv, stdout=file, stderr=file) as process:
        if command in ("receive", "board"):
            address = listen["gateway" if command == "receive" else "board"]
            eventually(lambda: ask(f"http://{address}/health/live") == 200)
            paths = ("/hooks/github/token-in-the-path", "/api/boards/delivery/variables", "/health/ready")
            assert max(ask(f"http://{address}{path}") for path in paths) >= 400
        eventually(lambda: bool(output.read_bytes()), 30)
        process.terminate()
        try:
            process.wait(12)
        finally:
            process.kill()
    log = output.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert lines
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    for secret in (*WRONG.values(), TOKEN, "salt-of-the-wrong", "token-in-the-path"):
        assert secret not in log


def ask(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:  # a refusal is an answer too
        return error.code
    except OSError:  # it is still starting
        return 0


def test_the_logs_of_a_stack_are_lines_of_json_without_secrets_and_bodies(stack: EmbeddedStack) -> None:
    password = Path(stack.endpoints["clickhouse"]["password_file"]).read_text().strip()
    for process in ("gateway", "worker", "store", "board", "clickhouse"):
        log = (stack.data / "logs" / f"{process}.log").read_text()
        assert all("event" in json.loads(line) for line in log.splitlines()), process
        for secret in (SECRET.decode(), SALT, TOKEN, password, "words-of-a-body"):
            assert secret not in log, process


def test_labels_hold_no_ids_and_no_addresses(stack: EmbeddedStack) -> None:
    for process in ("gateway", "worker", "store", "board"):
        for family in text_string_to_metric_families(metrics_of(stack, process)):
            if family.name.startswith(("pipegauge", "http", "db")):
                labels = {value for sample in family.samples for value in sample.labels.values()}
                assert not any(re.search(r"[0-9a-f]{8}-|://", value) for value in labels), family.name
