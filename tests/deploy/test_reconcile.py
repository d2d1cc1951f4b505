"""`pipegauge reconcile` with a configuration, a real ClickHouse, and a vendor's API on loopback."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.reconcile import exact_repositories, known
from producers.gateway import intake_of, read
from producers.registry import find_source
from producers.sender import signed_headers
from schemas.catalog import Catalog
from schemas.config import PathClaim, Service, SourceSettings
from schemas.config_text import parse
from schemas.deliveries import Delivery, Secret, delivery_id
from schemas.events import ChangeUpdated, RunUpdated
from tests.command_line.conftest import Run, is_one_line, run
from tests.deploy.storing import Storing
from tests.embedded.clickhouse_process import Running
from tests.producers.reconciling.vendor_server import Answer, Asked, VendorServer, serving

assert run  # a fixture

FIXTURES = Path(__file__).parents[1] / "fixtures/sources/github"
GITHUB = find_source("github")
NOW = datetime.now(UTC).replace(microsecond=0)


def body_of(event: str, case: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FIXTURES / event / f"{case}.request.json").read_text())["body"]
    return body


RUN, MERGED = body_of("workflow_run", "success"), body_of("pull_request", "merged")
REPOSITORY: str = RUN["repository"]["full_name"]


@pytest.fixture(scope="module")
def storing(clickhouse: Running) -> Iterator[Storing]:
    storing = Storing(clickhouse, "reconcile")
    yield storing
    storing.client.disconnect()


def store(storing: Storing, event: str, body: dict[str, Any]) -> None:
    """Keeps what the gateway would make of a hook's delivery."""
    raw = json.dumps(body).encode()
    delivery = Delivery("github", signed_headers("github", event, raw, Secret(b"x")), raw, None, NOW)
    reading, id_ = read(delivery, GITHUB, b""), delivery_id("github", event, raw)
    unsigned = SourceSettings(unsigned=True)
    storing.put(intake_of(id_, delivery, reading, (), unsigned, Catalog(()), "").records)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    """GitHub's API with one run and one change, and a gateway."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(VendorServer()) as server:
        run_ = RUN["workflow_run"] | {"repository": RUN["repository"]}
        change = MERGED["pull_request"]
        change = change | {"base": change["base"] | {"repo": MERGED["repository"]}}
        begin = datetime.fromisoformat(run_["created_at"])

        def runs(asked: Asked) -> Answer:
            first, last = map(datetime.fromisoformat, asked.query["created"].split(".."))
            found = [run_] if first <= begin <= last else []
            return Answer({"total_count": len(found), "workflow_runs": found})

        accepted = {"delivery": "d", "outcome": "accepted", "stored": "kafka", "events": []}
        server.on("GET", f"/repos/{REPOSITORY}/actions/runs", runs)
        server.on("GET", f"/repos/{REPOSITORY}/pulls", lambda asked: server.page(asked, [change]))
        server.on("GET", f"/repos/{REPOSITORY}/pulls/.*", lambda _: Answer({"merged_by": MERGED["sender"]}))
        server.on("POST", "/hooks/github", lambda _: Answer(accepted, 202))
        server.on("GET", f"/repos/{REPOSITORY}/hooks", lambda _: Answer([]))
        yield server


@pytest.fixture
def reconcile(storing: Storing, vendor: VendorServer, run: Run, tmp_path: Path) -> Any:
    values = {
        "services": [{"name": "shop", "repositories": [REPOSITORY, "acme/*"]}],
        "sources": {"github": {"secrets": ["x"], "api": {"url": vendor.address, "token": "env:HERE"}}},
        "connections": storing.connections.model_dump(mode="json", exclude_unset=True),
    }
    config = tmp_path / "gauge.yaml"
    config.write_text(yaml.safe_dump(values), "utf-8")
    told = ("--config", config, "--data", tmp_path / "data", "--gateway", vendor.address)
    return lambda *words, **more: run("reconcile", "github", *words, *told, **({"HERE": "t0ken"} | more))


def test_what_is_stored_is_known_though_the_vendor_tells_another_second(storing: Storing) -> None:
    store(storing, "workflow_run", RUN)
    store(storing, "pull_request", MERGED)

    def facts(event: str, body: dict[str, Any]) -> list[Any]:
        raw = json.dumps(body).encode()
        delivery = Delivery("github", signed_headers("github", event, raw, Secret(b"x")), raw, None, NOW)
        return list(read(delivery, GITHUB, b"").events)

    later = RUN | {"workflow_run": RUN["workflow_run"] | {"updated_at": "2026-03-02T10:09:01Z"}}
    again = RUN | {"workflow_run": RUN["workflow_run"] | {"run_attempt": 2}}
    [moved], [second], [merged] = (
        facts("workflow_run", later),
        facts("workflow_run", again),
        facts("pull_request", MERGED),
    )
    assert isinstance(moved, RunUpdated)
    assert isinstance(merged, ChangeUpdated)
    assert known(storing.client, [moved, second, merged]) == {moved.id, merged.id}
    elsewhere = moved.model_copy(update={"origin": moved.origin.model_copy(update={"repository": "acme/other"})})
    assert known(storing.client, [elsewhere]) == set()
    storing.client.execute("TRUNCATE TABLE events")


def test_what_is_missing_is_said_and_posted(reconcile: Any, vendor: VendorServer, storing: Storing) -> None:
    since = ("--read", "--since", "2026-03-01")
    dry = reconcile(*since, "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert dry.stdout.splitlines()[-1] == f"{REPOSITORY}: read 2, missing 2, posted 0, dead letters 0"
    assert vendor.paths("POST") == []
    store(storing, "workflow_run", RUN)
    done = reconcile(*since)
    assert done.stdout.splitlines()[-1] == f"{REPOSITORY}: read 2, missing 1, posted 1, dead letters 0"
    [posted] = [one for one in vendor.asked if one.method == "POST"]
    assert (posted.headers["x-github-event"], posted.path) == ("pull_request", "/hooks/github")
    assert {one.headers["authorization"] for one in vendor.asked if one.method == "GET"} == {"Bearer t0ken"}
    as_json = json.loads(reconcile(REPOSITORY, "--read", "--json").stdout)
    assert [one["read"] for one in as_json] == [0], "it goes on from where the last reading ended"
    storing.client.execute("TRUNCATE TABLE events")


def test_without_a_hook_it_says_so(reconcile: Any) -> None:
    ended = reconcile()
    assert ended.returncode == 0
    assert "no hook posts to a gateway; name it with --hook" in ended.stdout


def test_wrong_use_and_a_missing_token_are_one_line(reconcile: Any) -> None:
    assert "'../x' is no repository" in is_one_line(reconcile("../x"), 2)
    assert "--hook is for redelivering" in is_one_line(reconcile("--read", "--hook", "7"), 2)
    assert "the environment variable HERE holds no secret" in is_one_line(reconcile(HERE=""), 1)


def test_only_repositories_without_a_glob_are_asked_for() -> None:
    claim = PathClaim(repository="acme/mono", patterns=("a/**",))
    services = (Service(name="a", repositories=("acme/*", "acme/shop")), Service(name="b", paths=(claim,)))
    config = parse("salt: x\n", "p.yaml").model_copy(update={"services": services})
    assert exact_repositories(config) == ["acme/mono", "acme/shop"]
