"""Faults 19 to 21 and 27: events in any order, late, from wrong clocks, and a past among the present."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from deploy.demo.deliveries import deliveries
from deploy.demo.truth import Fact as StoryFact
from deploy.demo.truth import truth
from tests.demo.second_reading import facts_of, may_be_missing
from tests.faults import oracle
from tests.faults.load import Fact, Load, Subject
from tests.faults.parts import until
from tests.faults.stand import Stand

LIVE_P99_S = 1.0


def as_expected(facts: Sequence[StoryFact]) -> dict[Subject, Fact]:
    """The story's facts in the oracle's words."""
    return {
        Subject(one.metric, one.part, one.service, one.subject): Fact(one.at, one.value, one.weight) for one in facts
    }


@pytest.mark.faults(19)
@pytest.mark.timeout(150)
def test_a_company_told_shuffled_repeated_late_and_in_part_is_observed_as_is_true_of_that_part(stand: Stand) -> None:
    """Oracle (b) through the real stack: every metric, the ground truth of the generator."""
    chance = random.Random(19)
    end = datetime.now(UTC).replace(microsecond=0)
    start = end - timedelta(days=5)
    sent = [one for one in deliveries(19, start, end) if not (may_be_missing(one) and chance.random() < 0.1)]
    told = sent + chance.sample(sent, len(sent) // 10)
    chance.shuffle(told)
    expected = as_expected(facts_of(sent, truth(19, start, end)))
    assert {subject.metric for subject in expected} == {
        *("cycle_time", "pipeline_duration", "gate_pass_rate", "first_pass_yield")
    }
    stand.obligations.facts |= expected
    stand.send(told, 150)
    oracle.check(stand)


@pytest.mark.faults(20, times=2)
@pytest.mark.quick
@pytest.mark.timeout(120)
def test_what_is_late_revises_and_what_is_too_late_is_counted_and_kept_raw(stand: Stand) -> None:
    stand.settle()
    before = stand.status("worker")["late_dropped"]
    now = datetime.now(UTC)
    stand.send(stand.obligations.expect(Load("fault-20", 10, now - timedelta(days=100))))
    stand.send(stand.obligations.expect(Load("fault-20", 10, now - timedelta(days=60), first=10)))
    stand.send(Load("fault-20", 7, now - timedelta(days=130), first=20).planned())
    oracle.check(stand)
    assert stand.status("worker")["late_dropped"] == before + 14


@pytest.mark.faults(21, times=3)
@pytest.mark.timeout(150)
def test_clocks_an_hour_wrong_make_no_negative_duration_and_one_that_steps_back_stops_nothing(stand: Stand) -> None:
    now = datetime.now(UTC)
    stand.send(stand.obligations.expect(Load("fault-21", 10, now + timedelta(hours=1))))
    stand.send(stand.obligations.expect(Load("fault-21", 10, now - timedelta(hours=1), first=10)))
    skewed = Load("fault-21", 5, now, first=20)
    begun = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stand.send([skewed.run(number, run_started_at=begun) for number in range(20, 25)])
    oracle.check(stand)
    query = "SELECT countIf(value < 0), countIf(weight = 0 AND NOT linked) FROM observations FINAL WHERE service = {}"
    assert stand.client().execute(query.format("'fault-21'")) == [(0, 10)]
    ahead = float(stand.clock.read_text())
    try:
        stand.clock.write_text(str(ahead - 3_600))
        time.sleep(2)
        counted = points_of(stand)
        stand.send(stand.load("fault-21", 10, first=30))
        until(lambda: points_of(stand) == counted + 10, 10, "the count of runs that came after the step")
    finally:
        stand.clock.write_text(str(ahead))
    oracle.check(stand)


def points_of(stand: Stand) -> int:
    """How many runs the published window of 90 days counts."""
    query = (
        "SELECT sample_size FROM metrics FINAL WHERE scope = 'fault-21' AND metric = 'pipeline_duration' "
        "AND part = '' AND window = '90d' ORDER BY version DESC LIMIT 1"
    )
    found = stand.client().execute(query)
    return int(found[0][0]) if found else 0


@pytest.mark.faults(27)
@pytest.mark.timeout(240)
def test_90_days_of_past_keep_no_live_event_waiting_and_add_up_as_if_told_in_order(stand: Stand) -> None:
    now = datetime.now(UTC)
    past = Load("fault-27", 1_000, now - timedelta(minutes=5), apart=timedelta(days=89) / 1_000)
    seconds: list[float] = []
    stop = threading.Event()

    def live() -> None:
        number = 10_000
        while not stop.is_set():
            load = Load("fault-27", 1, datetime.now(UTC), first=number)
            for one in stand.obligations.expect(load):
                began = time.monotonic()
                assert stand.post(one).status_code == 202
                seconds.append(time.monotonic() - began)
            number += 1
            time.sleep(0.2)

    with ThreadPoolExecutor(1) as senders:
        living = senders.submit(live)
        stand.send(stand.obligations.expect(past), 120)
        stop.set()
        living.result()
    fresh = oracle.a_fresh_event_is_visible_in_time(stand, 20)
    p99 = sorted(seconds)[len(seconds) * 99 // 100]
    print(f"{len(seconds)} live deliveries: p99 {p99 * 1_000:.0f} ms; one at the end visible after {fresh:.1f} s")
    assert p99 < LIVE_P99_S
    oracle.check(stand)
    fired = "SELECT count() FROM alerts FINAL WHERE scope = 'fault-27' AND state = 'firing'"
    assert stand.client().execute(fired) == [(1,)], "the past has told its alerts one by one"
