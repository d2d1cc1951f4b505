"""Northwind's deliveries through the pure core, no broker between: signature, mapping, catalog and correlate lead to
the very observations that the story's truth names, in whatever order they come."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

import deploy.demo
from deploy.demo.deliveries import deliveries
from deploy.demo.moments import Planned
from deploy.demo.story import Session
from deploy.demo.truth import truth
from producers.signatures import github_headers
from schemas.codec import decode_event
from schemas.config import Config
from schemas.deliveries import Delivery, Secret
from schemas.observations import Observation
from schemas.topics import EVENTS

# Folders that are built beside this one: without them there is nothing to go through.
gateway = pytest.importorskip("producers.gateway", exc_type=ImportError)
registry = pytest.importorskip("producers.registry", exc_type=ImportError)
catalogs = pytest.importorskip("schemas.catalog", exc_type=ImportError)
pytest.importorskip("producers.sources.github", exc_type=ImportError)

from stream_processors.correlate import correlate  # noqa: E402
from stream_processors.correlate.ledger import Ledger  # noqa: E402
from tests.stream_processors.memory_state import MemoryState  # noqa: E402

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = END - timedelta(days=14)
SECRET = Secret(b"a made-up secret")
NOISE = {"star", "delete", "check_suite"}


def configuration() -> Config:
    text = (Path(deploy.demo.__file__).parent / "pipegauge.yaml").read_text()
    return Config.model_validate(yaml.safe_load(text))


def taken_in(planned: Planned, config: Config, catalog: Any) -> Any:
    body = orjson.dumps(planned.body)
    headers = github_headers(planned.event, body, SECRET, planned.delivery)
    delivery = Delivery("github", headers, body, None, planned.at)
    settings = config.sources["github"]
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    return gateway.take_in(delivery, registry.find_source("github"), [SECRET], settings, catalog, b"salt", trace)


def test_no_delivery_of_the_company_becomes_a_dead_letter() -> None:
    config = configuration()
    catalog = catalogs.Catalog(config.services)
    outcomes: dict[str, set[str]] = defaultdict(set)
    for planned in deliveries(7, START, END):
        outcomes[planned.event].add(taken_in(planned, config, catalog).outcome)
    assert not [event for event, seen in outcomes.items() if "dead-letter" in seen]
    assert {event for event, seen in outcomes.items() if seen == {"ignored"}} == NOISE


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_what_is_observed_is_the_truth(live: bool, shuffled: bool) -> None:
    end = END + timedelta(minutes=3) if live else END
    sessions = [Session(END, end, 20)] if live else []
    config = configuration()
    catalog = catalogs.Catalog(config.services)
    planned = list(deliveries(7, START, end, sessions))
    if shuffled:
        random.Random(7).shuffle(planned)
    states: dict[str, MemoryState] = defaultdict(MemoryState)
    observed: dict[str, Observation] = {}
    for one in planned:
        for record in taken_in(one, config, catalog).records:
            if record.topic == EVENTS:
                service = record.key.decode()
                ledger = Ledger(states[service], service, int(one.at.timestamp() * 1_000))
                observed |= {said.id: said for said in correlate(decode_event(record.value), ledger, catalog)}
                ledger.flush()
    found = {
        (said.metric, said.part, said.service, said.subject): (said.at, said.value, said.weight)
        for said in observed.values()
        if said.value is not None and said.weight > 0
    }
    assert found == {
        (fact.metric, fact.part, fact.service, fact.subject): (fact.at, fact.value, fact.weight)
        for fact in truth(7, START, end, sessions)
    }
