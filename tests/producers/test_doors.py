"""Which address takes what, and what happens when the configuration is read anew. Nothing is published here."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from producers.durability import Keeper
from producers.http import Hooks, application
from producers.receive import reload, rules_of
from producers.records import KafkaRecord
from schemas.config import Config
from schemas.config_text import ConfigError, parse
from tests.engines import itself

SAMPLE = (Path(__file__).parents[1] / "fixtures/mapping/acme-ci.yaml").read_text("utf-8")
LINE = 1 + SAMPLE[: SAMPLE.index("run: build.id")].count("\n")
REPORT = b'<testsuite name="unit"><testcase name="a"/></testsuite>'
ABOUT = {"authorization": "Bearer a token of the tests", "x-pipegauge-service": "shop"}


class Kept:
    """Stands for the keeper: remembers the records."""

    spool_depth = 0
    ready = True

    def __init__(self) -> None:
        self.records: list[KafkaRecord] = []

    async def keep(self, records: Sequence[KafkaRecord]) -> str:
        self.records += records
        return "kafka"


class Gateway:
    """The gateway's application, without a process of its own."""

    def __init__(self, text: str = SAMPLE) -> None:
        self.kept = Kept()
        rules = rules_of(parse(text, "p.yaml"), itself)
        self.hooks = Hooks(rules, b"salt", cast("Keeper", self.kept), 8, lambda _point: None)
        self._app = application(self.hooks, cast("Keeper", self.kept), "1", lambda _: (b"", "text/plain"))

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(cast("Any", self._app))
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await client.request(method, path, **request)

        return asyncio.run(asked())

    def read_again(self, text: str) -> None:
        """As at SIGHUP, when the file holds `text`."""
        reload(self.hooks, lambda: rules_of(parse(text, "p.yaml"), itself))

    @property
    def config(self) -> Any:
        return self.ask("GET", "/status").json()["config"]


def test_a_report_becomes_an_event_of_its_service() -> None:
    gateway = Gateway()
    answer = gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "accepted")
    assert [(record.topic, record.key) for record in gateway.kept.records[1:]] == [("events", b"shop")]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/reports/junit", REPORT, {}, 401),
        ("/reports/junit", REPORT, {"x-pipegauge-token": "a guess"}, 401),
        ("/reports/junit", b"{}", ABOUT, 400),
        ("/reports/junit", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', ABOUT, 400),
        ("/reports/junit", b"<html/>", ABOUT, 400),
        ("/hooks/junit", REPORT, ABOUT, 404),
        ("/reports/acme-ci", b"{}", {}, 404),
        ("/reports/", REPORT, ABOUT, 404),
        ("/reports/nobody", REPORT, ABOUT, 404),
        ("/reports/junit/a/b", REPORT, ABOUT, 404),
    ],
)
def test_what_is_refused_is_told_so_and_nothing_is_published(
    path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    gateway = Gateway()
    answer = gateway.ask("POST", path, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert gateway.kept.records == []


def test_a_token_in_the_address_of_a_mapped_source_is_looked_at() -> None:
    text = SAMPLE.replace(
        '{scheme: hmac-sha256-hex, header: X-Acme-Signature, prefix: "sha256="}', "{scheme: url-token}"
    )
    gateway = Gateway(text.replace("a secret of acme", "acme-secret"))
    heartbeat = b'{"type": "heartbeat"}'
    assert gateway.ask("POST", "/hooks/acme-ci/acme-secret", content=heartbeat).status_code == 202
    assert gateway.ask("POST", "/hooks/acme-ci/guess", content=heartbeat).status_code == 401
    assert gateway.ask("POST", "/hooks/acme-ci", content=heartbeat).status_code == 401


@pytest.mark.faults(35)
def test_a_configuration_that_is_sound_comes_into_force_and_a_broken_one_leaves_the_old_rules_and_says_so() -> None:
    gateway = Gateway()
    first = gateway.config
    assert first["fault"] is None
    gateway.read_again(SAMPLE.replace("run: build.id", "run: build["))
    assert gateway.config["fault"].startswith(f"p.yaml:{LINE}: ")
    assert gateway.config["loaded_at"] == first["loaded_at"]
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 202
    gateway.read_again(SAMPLE.replace("junit:", "junitx:"))
    assert "there is no source 'junitx'" in gateway.config["fault"]
    gateway.read_again(SAMPLE.replace("a token of the tests", "another token"))
    assert gateway.config["fault"] is None
    assert gateway.config["loaded_at"] > first["loaded_at"]
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 401


def test_a_secret_that_is_gone_leaves_the_old_rules_too() -> None:
    gateway = Gateway()

    def without_secret() -> Any:
        def resolve(reference: str) -> str:
            raise LookupError(f"the environment variable {reference} holds no secret")

        return rules_of(parse(SAMPLE, "p.yaml"), resolve)

    reload(gateway.hooks, without_secret)
    assert "holds no secret" in gateway.config["fault"]
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 202


def test_an_empty_configuration_has_no_doors() -> None:
    assert rules_of(Config(), itself).sources == {}
    with pytest.raises(ConfigError):
        parse("sources: {acme-ci: {}}", "p.yaml")


def test_canonical_events_have_an_address_of_their_own() -> None:
    gateway = Gateway(SAMPLE.replace("  junit:", "  events: {secrets: [a-secret]}\n  junit:"))
    event = {
        "type": "RunUpdated",
        "origin": {"repository": "acme/shop"},
        "occurred_at": "2026-03-05T10:00:00Z",
        "run": "7",
        "state": "started",
    }
    bearer = {"authorization": "Bearer a-secret"}
    first, again = (gateway.ask("POST", "/events", json=event, headers=bearer) for _ in range(2))
    assert (first.status_code, first.json()["outcome"], first.json()["stored"]) == (202, "accepted", "kafka")
    assert first.json() == again.json()
    assert [record.key for record in gateway.kept.records if record.topic == "events"] == [b"shop", b"shop"]
    assert gateway.ask("POST", "/events/a-secret", json=event).json() == first.json()
    assert gateway.ask("POST", "/events", json=event).status_code == 401
    assert gateway.ask("POST", "/events/guess", json=event).status_code == 401
    assert gateway.ask("POST", "/hooks/events", json=event, headers=bearer).status_code == 404
    assert gateway.ask("POST", "/reports/events", json=event, headers=bearer).status_code == 404
    assert gateway.ask("GET", "/events").status_code == 405
    assert gateway.ask("GET", "/eventsful").status_code == 404
    assert Gateway().ask("POST", "/events", json=event, headers=bearer).status_code == 404
