"""`pipegauge replay --diff` over a real ClickHouse: what differs is told, and written only when it is asked for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy.replay
from deploy.moments import NoMoment, moment_of
from deploy.replay_diff import Chosen, Compared, compare
from producers.comparing import Difference
from producers.gateway import take_in
from producers.opening import open_sources
from schemas.catalog import Catalog
from schemas.config import Config
from schemas.config_text import parse
from schemas.deliveries import Delivery
from tests.command_line.conftest import Run, run
from tests.deploy.storing import Storing
from tests.embedded.clickhouse_process import Running
from tests.engines import itself

assert run  # a fixture

SAMPLE = (
    (Path(__file__).parents[1] / "fixtures/mapping/acme-ci.yaml")
    .read_text("utf-8")
    .replace('    secrets: ["a secret of acme"]\n', "    unsigned: true\n")
)
NEUTRAL = SAMPLE.replace("passed: success", "passed: neutral")
RENAMED = SAMPLE.replace("run: build.id", "run: build.name")
BROKEN = SAMPLE.replace("run: build.id", "run: build.number")
NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(days=10)  # a delivery is kept for 90 days
TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
EVENTS = "SELECT outcome, count() FROM events FINAL GROUP BY outcome ORDER BY outcome"


def build(number: int, status: str = "passed", **more: Any) -> bytes:
    told = {"id": number, "try": 1, "name": f"build {number}", "began": 1772698200, "ended": 1772698300 + number}
    body = {"type": "build.finished", "repo": "acme/shop", "build": told | {"status": status, "commit": "abc"} | more}
    return json.dumps(body).encode()


@pytest.fixture
def storing(clickhouse: Running, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storing]:
    database = f"diff_{abs(hash(request.node.name))}"
    storing = Storing(clickhouse, database)
    monkeypatch.setattr(deploy.replay, "KafkaProducer", lambda **_: storing)
    yield storing
    storing.client.execute(f"DROP DATABASE {database}")
    storing.client.disconnect()


def taken_in(storing: Storing, text: str, *bodies: bytes, at: datetime = NOON) -> None:
    """What the gateway and the store would have kept under the configuration `text`."""
    config = parse(text, "p.yaml")
    acme = open_sources(config, itself)["acme-ci"]
    for body in bodies:
        delivery = Delivery("acme-ci", {"content-type": "application/json"}, body, None, at)
        intake = take_in(delivery, acme.source, (), acme.settings, Catalog(config.services), b"salt", TRACE)
        storing.put(intake.records)


def compared(
    storing: Storing, text: str, apply: bool = False, since: datetime = NOON, source: str = ""
) -> tuple[Compared, list[Difference]]:
    found: list[Difference] = []
    config: Config = storing.config(parse(text, "p.yaml"))
    chosen = Chosen(source, since, NOON + timedelta(days=9))
    return compare(config, itself, chosen, apply, found.append), found


def test_with_the_same_mapping_nothing_differs(storing: Storing) -> None:
    taken_in(storing, SAMPLE, build(1), build(2, "broken"), build(3, target="production"), b'{"type": "heartbeat"}')
    done, found = compared(storing, SAMPLE)
    assert (done.deliveries, done.events, done.differs, found) == (4, 4, False, [])


def test_what_changed_is_told_by_field_and_nothing_is_written_until_it_is_applied(storing: Storing) -> None:
    taken_in(storing, SAMPLE, build(1), build(2), build(3, "broken"))
    done, found = compared(storing, NEUTRAL)
    assert (dict(done.kinds), dict(done.changed_fields)) == ({"changed": 2}, {"RunUpdated.outcome": 2})
    assert {one.fields["outcome"] for one in found} == {("success", "neutral")}
    assert storing.sent == []
    applied, _ = compared(storing, NEUTRAL, apply=True)
    assert applied.applied == 2
    assert storing.rows(EVENTS) == [("failure", 1), ("neutral", 2)]
    assert sorted(record.topic for record in storing.sent) == ["deliveries", "deliveries", "events", "events"]
    assert not compared(storing, NEUTRAL)[0].differs


def test_what_is_removed_is_told_and_stays_and_what_is_added_joins_it(storing: Storing) -> None:
    taken_in(storing, SAMPLE, build(1))
    done, _ = compared(storing, RENAMED, apply=True)
    assert dict(done.kinds) == {"added": 1, "removed": 1}
    assert storing.rows("SELECT run FROM events FINAL ORDER BY run") == [("1",), ("build 1",)]
    assert dict(compared(storing, RENAMED)[0].kinds) == {"removed": 1}, "it is told until somebody deletes it"
    storing.client.execute("ALTER TABLE events DELETE WHERE run = '1' SETTINGS mutations_sync = 1")
    assert not compared(storing, RENAMED)[0].differs


def test_what_another_delivery_gives_is_not_removed(storing: Storing) -> None:
    taken_in(storing, SAMPLE, build(1, note="first"), at=NOON)
    taken_in(storing, SAMPLE, build(1, note="again"), at=NOON - timedelta(days=3))
    dropping = SAMPLE.replace(
        "          - type: RunUpdated\n", "          - type: RunUpdated\n            when: build.note == 'again'\n"
    )
    assert dict(compared(storing, dropping, since=NOON)[0].kinds) == {}, "it is told by one that was not looked at"
    assert dict(compared(storing, dropping, since=NOON - timedelta(days=9))[0].kinds) == {}
    gone = SAMPLE.replace(
        "          - type: RunUpdated\n", "          - type: RunUpdated\n            when: build.none\n"
    )
    assert dict(compared(storing, gone, since=NOON - timedelta(days=9))[0].kinds) == {"removed": 1}


def test_what_was_dead_is_added_and_its_letter_is_marked_when_it_is_applied(storing: Storing) -> None:
    taken_in(storing, BROKEN, build(1))
    letters = "SELECT count() FROM dead_letters FINAL WHERE replayed_at IS NULL"
    assert storing.rows(letters) == [(1,)]
    assert dict(compared(storing, SAMPLE)[0].kinds) == {"added": 1}
    assert storing.rows(letters) == [(1,)]
    compared(storing, SAMPLE, apply=True)
    assert storing.rows(letters) == [(0,)]
    assert storing.rows(EVENTS) == [("success", 1)]


def test_what_would_be_dead_says_why_and_its_events_stay(storing: Storing) -> None:
    taken_in(storing, SAMPLE, build(1))
    done, _ = compared(storing, BROKEN, apply=True)
    assert dict(done.kinds) == {"removed": 1}
    assert [one.reason for one in done.dead] == ["RunUpdated.run is missing: build.number"]
    assert storing.rows(EVENTS) == [("success", 1)]
    assert storing.sent == []


def test_only_what_is_chosen_is_looked_at(storing: Storing) -> None:
    taken_in(storing, SAMPLE, build(1), at=NOON - timedelta(hours=1))
    taken_in(storing, SAMPLE, build(2))
    assert compared(storing, NEUTRAL)[0].deliveries == 1
    assert compared(storing, NEUTRAL, source="github")[0].deliveries == 0
    assert compared(storing, NEUTRAL, since=NOON - timedelta(hours=1))[0].deliveries == 2


def test_the_command_ends_with_1_where_something_differs(storing: Storing, run: Run, tmp_path: Path) -> None:
    taken_in(storing, SAMPLE, build(1))

    def replayed(text: str, *words: str) -> Any:
        values = yaml.safe_load(text) | {"connections": storing.connections.model_dump(mode="json", exclude_unset=True)}
        (tmp_path / "gauge.yaml").write_text(yaml.safe_dump(values), "utf-8")
        return run("replay", "--diff", *words, "--config", str(tmp_path / "gauge.yaml"))

    same = replayed(SAMPLE, "--since", "11d")
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout == "added 0, removed 0, changed 0, of 1 events from 1 deliveries\n"
    other = replayed(NEUTRAL)
    assert other.returncode == 1
    assert '    outcome: "success" → "neutral"\n' in other.stdout
    assert "changed 1: RunUpdated.outcome\nnothing was written; --apply publishes" in other.stdout
    as_json = replayed(NEUTRAL, "--json")
    assert as_json.returncode == 1
    told = json.loads(as_json.stdout)
    assert (told["changed"], told["changed_fields"], told["applied"]) == (1, {"RunUpdated.outcome": 1}, 0)
    assert told["differences"][0]["fields"] == {"outcome": ["success", "neutral"]}
    assert replayed(SAMPLE, "--since", "soon").returncode == 1


@pytest.mark.parametrize(
    "words", [[], ["--dead-letters", "--apply"], ["--dead-letters", "--since", "7d"], ["--diff", "--reason", "x"]]
)
def test_words_that_do_not_go_together_are_wrong_use(run: Run, words: list[str]) -> None:
    assert run("replay", *words).returncode == 2


def test_a_moment_is_a_date_a_time_or_so_long_ago() -> None:
    assert moment_of("2026-03-01", NOON) == datetime(2026, 3, 1, tzinfo=UTC)
    assert moment_of("2026-03-01T10:00:00+02:00", NOON) == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert moment_of("7d", NOON) == NOON - timedelta(days=7)
    for text in ("soon", "", "99999999d"):
        with pytest.raises(NoMoment, match="write 2026-03-01"):
            moment_of(text, NOON)
