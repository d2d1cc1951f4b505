"""A rebuild gives the numbers again that it took away, killed at any of its steps, and follows a changed catalog."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from clickhouse_driver import Client

from deploy.configuration import load, resolve
from deploy.doctor.check import Check, lines
from deploy.doctor.examine import examine
from deploy.make_topics import make_topics
from deploy.rebuild import catching_up
from deploy.rebuild.emptying import delete_changelogs
from deploy.rebuild.groups import WORKER_GROUP, admin_of
from deploy.rebuild.marker import RebuildUnfinished, refuse_unfinished
from schemas import topics
from schemas.config import Config
from schemas.connections import kafka_arguments
from stream_processors.lag import Lag
from tests.end_to_end.embedded_stack import CATALOG
from tests.end_to_end.oracle import differences, missing_series
from tests.end_to_end.stored_history import client_of, compute, engines, publish

DELIVERIES = 700
TEAMS = {"checkout": "payments", "ledger": "payments", "storefront": "growth"}
STEPS = ("storing", "emptying", "placing", "events placed", "computing", "taking away")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """Two engines and what was computed; each test leaves that as it found it, and the last one files it anew."""
    with engines(load(CATALOG), tmp_path_factory.mktemp("rebuild") / "data") as config:
        publish(config, DELIVERIES)
        compute(config)
        yield config


def command(config: Config, catalog: Path | None = None) -> list[str]:
    """`pipegauge rebuild` of the running engines, by `catalog` or by the catalog of before."""
    values = yaml.safe_load((config.data / "effective.yaml").read_text("utf-8"))
    if catalog is not None:
        values["services"] = yaml.safe_load(catalog.read_text("utf-8"))["services"]
    file = config.data / "servers.yaml"
    file.write_text(yaml.safe_dump(values), "utf-8")
    return [sys.executable, "-m", "deploy.cli", "rebuild", "--config", str(file)]


def killed_at(step: str, argv: list[str]) -> None:
    """Run a rebuild and kill it -9 as soon as it says that it has come to `step`."""
    process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        print(time.strftime("%X"), line, end="")
        if step in line:
            break
    else:
        raise AssertionError(f"it never came to {step!r}")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def observations(client: Client) -> dict[Any, Any]:
    rows = client.execute(
        "SELECT id, metric, service, part, subject, at, value, weight, linked, evidence FROM observations FINAL "
        "WHERE value IS NOT NULL"
    )
    return {row[0]: (*row[1:-1], tuple(sorted(row[-1]))) for row in rows}


def events(client: Client) -> list[Any]:
    return sorted(client.execute("SELECT service, id, type, occurred_at, delivery FROM events FINAL"))


def wrong_windows(client: Client, teams: dict[str, str]) -> list[str]:
    """A window may have moved between the last tick and now: the points say their own end, so SQL follows them."""
    return differences(client, teams) + [f"no point for {series}" for series in missing_series(client)]


@pytest.mark.timeout(200)
def test_a_rebuild_refuses_while_a_worker_is_at_work(config: Config) -> None:
    argv = command(config)
    with catching_up.processes(config):
        ended = subprocess.run(argv, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "1 worker(s) on 127.0.0.1 and 1 store(s) on 127.0.0.1 at work; stop them" in ended.stderr
    refuse_unfinished(config.data)


@pytest.mark.timeout(560)
def test_a_rebuild_killed_at_each_step_gives_the_same_numbers_again(config: Config) -> None:
    client = client_of(config)
    before, stored = observations(client), events(client)
    assert len(before) > 500
    assert wrong_windows(client, TEAMS) == []
    argv = command(config)

    for step in STEPS:
        killed_at(step, argv)
        with pytest.raises(RebuildUnfinished, match="has not ended; run `pipegauge rebuild` again"):
            refuse_unfinished(config.data)
        assert set(events(client)) >= set(stored), "the stored events are what everything rests on"
    ended = subprocess.run(argv, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    refuse_unfinished(config.data)
    assert events(client) == stored
    assert observations(client) == before
    assert wrong_windows(client, TEAMS) == []
    lag = Lag(WORKER_GROUP, [topics.METRICS], config.connections.kafka.partitions, **kafka_of(config))
    assert lag.by_topic() == {topics.METRICS: 0}, "points of windows that were refilled would be judged by alerts"


@pytest.mark.timeout(300)
def test_an_emptied_changelog_is_named_by_the_doctor_and_restored_by_a_rebuild(config: Config) -> None:
    client = client_of(config)
    before = observations(client)
    assert {check.name: check.level for check in examine(config, config.data)}["worker's tables"] == "ok"

    with admin_of(kafka_of(config)) as admin:
        delete_changelogs(admin)
    make_topics(config, resolve)
    said = line_of("worker's tables", config)
    assert said.level == "fail"
    assert "table facts, windows, members was emptied" in said.said
    assert "pipegauge rebuild" in said.remedy

    ended = subprocess.run(command(config), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert line_of("worker's tables", config).level == "ok"
    assert observations(client) == before
    assert wrong_windows(client, TEAMS) == []


def test_the_doctor_finds_two_sound_engines_sound_and_a_schema_behind(config: Config) -> None:
    checks = {check.name: check for check in examine(config, config.data)}
    print("\n".join(lines(checks.values())))
    sound = ("configuration", "secrets", "Kafka", "topics", "ClickHouse", "migrations", "ClickHouse writes", "teams")
    assert {name: checks[name].level for name in sound} == dict.fromkeys(sound, "ok")
    client = client_of(config)
    versions = client.execute("SELECT * FROM schema_versions")
    client.execute("ALTER TABLE schema_versions DELETE WHERE version = 2", settings={"mutations_sync": 2})
    assert "0002_services not applied" in line_of("migrations", config).said
    client.execute("INSERT INTO schema_versions VALUES", [row for row in versions if row[0] == 2])
    assert line_of("migrations", config).level == "ok"


@pytest.mark.timeout(400)
def test_a_rebuild_files_the_past_under_the_services_and_teams_of_now(config: Config, tmp_path: Path) -> None:
    client = client_of(config)
    before = {id_: row for id_, row in observations(client).items() if row[1] == "ledger"}
    assert before
    catalog = yaml.safe_load(CATALOG.read_text("utf-8"))
    for service in catalog["services"]:
        if service["name"] == "ledger":
            service |= {"name": "books", "team": "growth"}
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump(catalog, sort_keys=False), "utf-8")

    ended = subprocess.run(command(config, changed), capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    assert "services without some of their former events: ledger" in ended.stderr
    assert {service for service, *_ in events(client)} == {"books", "checkout", "storefront"}
    now = observations(client)
    assert not any(row[1] == "ledger" for row in now.values())
    assert sorted((row[0], *row[2:]) for row in now.values() if row[1] == "books") == sorted(
        (row[0], *row[2:]) for row in before.values()
    )
    wrong = wrong_windows(client, {"checkout": "payments", "books": "growth", "storefront": "growth"})
    print("\n".join(wrong))
    assert wrong == []


def line_of(name: str, config: Config) -> Check:
    [found] = [check for check in examine(config, config.data) if check.name == name]
    return found


def kafka_of(config: Config) -> dict[str, Any]:
    return kafka_arguments(config.connections.kafka, None)
