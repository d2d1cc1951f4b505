"""The warehouse's deliveries, of six tools, through the pure core: joined with each other they lead to the very
observations that the story names, in whatever order they come."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import orjson
import pytest

from deploy.configuration import load
from deploy.demo.chronicle import chronicle
from deploy.demo.moments import SENT_AFTER, Planned
from deploy.demo.show import COMPANY
from deploy.demo.story import Act, Change, Landing, Release, Session, Verification
from deploy.demo.truth import Fact, cycle_times
from deploy.demo.warehouse.company import REPOSITORY, branch_of
from deploy.demo.warehouse.deliveries import SOURCES, deliveries
from deploy.demo.warehouse.jenkins import build_number
from deploy.demo.warehouse.sonarqube import GATE, evaluation_of
from producers.gateway import Intake, take_in
from producers.registry import find_source
from producers.vendor import Vendor
from schemas.catalog import Catalog
from schemas.codec import decode_event
from schemas.config import SourceSettings
from schemas.deliveries import Delivery
from schemas.events import DeploymentUpdated, Event, IncidentUpdated, TicketUpdated
from schemas.observations import Observation
from schemas.topics import EVENTS
from stream_processors.correlate import correlate
from stream_processors.correlate.ledger import Ledger
from tests.stream_processors.memory_state import MemoryState

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = END - timedelta(days=7)
UNSIGNED = SourceSettings(unsigned=True)
CONFIG = load(COMPANY)
CATALOG = Catalog(CONFIG.services)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def taken_in(one: Planned) -> Intake:
    source = find_source(one.source)
    assert isinstance(source, Vendor)
    headers, _ = source.naming.request(one.event)
    delivery = Delivery(one.source, headers, orjson.dumps(one.body), None, one.at)
    return take_in(delivery, source, [], UNSIGNED, CATALOG, b"salt", TRACE)


def events() -> list[tuple[str, Event]]:
    records = [record for one in deliveries(7, START, END) for record in taken_in(one).records]
    return [(record.key.decode(), decode_event(record.value)) for record in records if record.topic == EVENTS]


def test_every_tool_is_heard_and_nothing_of_it_is_a_dead_letter() -> None:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in deliveries(7, START, END):
        outcomes[one.source][taken_in(one).outcome] += 1
    assert set(outcomes) == set(SOURCES)
    assert all(seen["accepted"] for seen in outcomes.values())
    assert not [source for source, seen in outcomes.items() if seen["dead-letter"]]


def test_all_of_it_is_the_warehouse_s() -> None:
    told = events()
    assert {service for service, _ in told} == {"warehouse"}
    kinds = {type(event) for _, event in told}
    assert kinds >= {DeploymentUpdated, TicketUpdated, IncidentUpdated}


def test_a_ticket_is_closed_when_its_change_is_in_production() -> None:
    tickets = defaultdict(list)
    for _, event in events():
        if isinstance(event, TicketUpdated):
            tickets[event.ticket].append(event.state)
    closed = [states for states in tickets.values() if "closed" in states]
    assert closed
    assert all(states == ["open", "in_progress", "closed"] for states in closed)


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_what_is_observed_is_the_truth(live: bool, shuffled: bool) -> None:
    end = END + timedelta(minutes=3) if live else END
    sessions = [Session(END, end, 20)] if live else []
    planned = list(deliveries(7, START, end, sessions))
    if shuffled:
        random.Random(7).shuffle(planned)
    state, observed = MemoryState(), dict[str, Observation]()
    for one in planned:
        for record in taken_in(one).records:
            if record.topic == EVENTS:
                ledger = Ledger(state, "warehouse", int(one.at.timestamp() * 1_000))
                observed |= {said.id: said for said in correlate(decode_event(record.value), ledger, CATALOG)}
                ledger.flush()
    found = {
        (said.metric, said.part, said.subject): (said.at, said.value)
        for said in observed.values()
        if said.value is not None and said.weight > 0
    }
    acts = takewhile(lambda act: act.begin < end, chronicle(7, START, sessions, (REPOSITORY,)))
    facts = [fact for act in acts for fact in facts_of(act, end)]
    assert found == {(fact.metric, fact.part, fact.subject): (fact.at, fact.value) for fact in facts}
    assert {fact.metric for fact in facts} == {"cycle_time", "pipeline_duration", "gate_pass_rate", "first_pass_yield"}


def facts_of(act: Act, end: datetime) -> Iterator[Fact]:
    """What an act leads to, as far as it is told before `end`."""
    facts: Iterator[Fact] = iter(())
    if isinstance(act, Release):
        facts = cycle_times(act)
    elif isinstance(act, Landing):
        facts = of_verification(act.verification, "main")
    elif isinstance(act, Change):
        facts = (fact for one in act.verifications for fact in of_verification(one, branch_of(act)))
    return (fact for fact in facts if fact.at + SENT_AFTER < end)


def of_verification(verification: Verification, branch: str) -> Iterator[Fact]:
    """Each attempt is a build of its own in Jenkins; SonarQube's first verdict on a commit is its first pass."""
    for run in verification.runs:
        if run.conclusion in ("success", "failure"):
            value = (run.finished_at - run.started_at) // timedelta(milliseconds=1)
            for part in ("", "warehouse"):
                subject = f"warehouse/{branch}#{build_number(run)}/1"
                yield Fact(run.finished_at, "pipeline_duration", part, "warehouse", subject, value)
    verdicts: list[Any] = [check for check in verification.checks if check.conclusion in ("success", "failure")]
    for index, check in enumerate(verdicts):
        passed = int(check.conclusion == "success")
        for part in ("", GATE):
            at = check.finished_at
            yield Fact(at, "gate_pass_rate", part, "warehouse", evaluation_of(check), passed)
            if index == 0:
                yield Fact(at, "first_pass_yield", part, "warehouse", f"{GATE}@{check.sha}", passed)
