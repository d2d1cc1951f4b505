"""Faults 10 to 12, 23, 28 and 29: workers come, go, hang behind one event, meet nothing but poison."""

import shutil
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest

from schemas import topics
from schemas.deliveries import DEAD_LETTER_HEADER
from tests.faults import oracle
from tests.faults.load import Load
from tests.faults.parts import until
from tests.faults.stand import Stand
from tests.faults.tape import Tape
from tests.faults.test_engines import committed

MOST_GAP_S = 15
TURN_S = 5
READY_S = 60
SLOT_S = 300
MOST_LETTERS = 100


@pytest.mark.faults(10, times=6)
@pytest.mark.alone
@pytest.mark.timeout(240)
def test_while_a_second_worker_joins_and_leaves_nothing_is_lost_and_nothing_stalls(stand: Stand) -> None:
    """It has its partitions for a few seconds, leaves, and comes again: three times, and as long as the load lasts."""
    second = stand.add("worker-2")
    progress: list[tuple[float, int]] = []
    joined = left = 0
    with stand.kept(), stand.sending(stand.load("fault-10", 1_300), 25):
        turn = time.monotonic()
        end = turn + 52
        while time.monotonic() < end or left < 3:
            if second.alive and not second.is_ready():
                turn = time.monotonic() + TURN_S
            elif time.monotonic() < turn:
                pass
            elif second.alive:
                assert second.end() == 0
                left += 1
                turn = time.monotonic() + TURN_S
            else:
                stand.launch_part("worker-2")
                joined += 1
            done = committed(stand, topics.APP_ID, topics.EVENTS)
            if not progress or done > progress[-1][1]:
                progress.append((time.monotonic(), done))
            time.sleep(0.5)
        if second.alive:
            second.end()
    assert joined >= 3
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(progress)]
    print(f"longest time without a commit: {max(gaps):.1f} s")
    assert max(gaps) <= MOST_GAP_S
    oracle.check(stand)


@pytest.mark.faults(11, times=2)
@pytest.mark.timeout(180)
def test_a_slot_that_leaves_a_window_while_workers_share_anew_is_subtracted_once(stand: Stand) -> None:
    """The workers' clock is put forward over the end of two slots while a second one joins, and while it leaves."""
    an_hour_ago = datetime.now(UTC) + timedelta(seconds=float(stand.clock.read_text())) - timedelta(hours=1)
    load = Load("fault-11", 60, an_hour_ago + timedelta(minutes=12), apart=timedelta(seconds=14))
    stand.send(stand.obligations.expect(load))
    stand.settle()
    second = stand.add("worker-2")
    stand.launch_part("worker-2")
    for _ in range(2):
        until(second.is_ready, READY_S, "the second worker's partitions") if second.alive else None
        stand.clock.write_text(str(float(stand.clock.read_text()) + SLOT_S))
        if second.alive and second.is_ready():
            second.end()
        time.sleep(3)
        oracle.check(stand)


@pytest.mark.faults(12)
@pytest.mark.timeout(150)
def test_a_slow_event_overtaken_by_others_in_the_buffer_is_done_again_after_a_kill(stand: Stand) -> None:
    """https://github.com/faust-streaming/faust/issues/606: offsets were committed past an event under way."""
    stand.worker.end()
    first, *others = stand.load("fault-12", 60)
    stand.launch_part("worker", PIPEGAUGE_TEST_SLOW=str(first.body["workflow_run"]["id"]))
    stand.worker.wait_until_ready()
    stand.send([first])
    stand.send(others)
    time.sleep(3)  # three intervals of commits
    stand.worker.kill()
    stand.start_part("worker")
    oracle.check(stand)


@pytest.mark.faults(23)
@pytest.mark.timeout(180)
def test_where_nothing_but_poison_comes_the_worker_holds_the_topic_until_it_is_repaired(stand: Stand) -> None:
    stand.settle()
    letters = Tape(stand.broker.address, (topics.DEAD_LETTERS,))
    stand.worker.end()
    stand.launch_part("worker", PIPEGAUGE_TEST_DEFECT="faults/fault-23")
    stand.worker.wait_until_ready()
    load = Load("fault-23", 170, datetime.now(UTC))
    stand.send(load.planned()[:300])
    until(lambda: bool(stand.status("worker")["held"]), 20, "a topic held")
    frozen = committed(stand, topics.APP_ID, topics.EVENTS)
    stand.send(load.planned()[300:])
    time.sleep(18)  # longer than the stall watch waits
    assert stand.worker.alive, "the stall watch must not start it in a circle"
    assert committed(stand, topics.APP_ID, topics.EVENTS) <= frozen + 1
    assert "a defect of ours" in stand.status("worker")["held"][topics.EVENTS]
    assert "topic held" in stand.worker.log.read_text()
    dead = letters.records()
    assert len(dead) == MOST_LETTERS
    assert stand.worker.end() == 0
    stand.start_part("worker")
    stand.obligations.poison |= {orjson.loads(dict(one.headers)[DEAD_LETTER_HEADER])["id"] for one in dead}
    unread = {subject for one in dead for subject in _subjects(orjson.loads(one.value))}
    stand.obligations.facts |= {key: fact for key, fact in load.facts().items() if key.subject not in unread}
    oracle.check(stand)


def _subjects(event: dict[str, Any]) -> set[str]:
    """What would have been observed of an event of the load."""
    if event["type"] == "RunUpdated":
        return {f"{event['run']}/1"}
    return {event["evaluation"], f"{event['gate']}@{event['sha']}"}


@pytest.mark.faults(28)
@pytest.mark.quick
@pytest.mark.timeout(150)
def test_a_worker_whose_state_folder_is_gone_is_ready_within_60_seconds(stand: Stand) -> None:
    stand.send(stand.load("fault-28", 40))
    stand.settle()
    stand.worker.kill()
    shutil.rmtree(stand.folder / "worker")
    stand.start_part("worker")
    assert stand.worker.starts[-1] < READY_S
    stand.send(stand.load("fault-28", 10, first=40))
    oracle.check(stand)
    oracle.a_fresh_event_is_visible_in_time(stand)


@pytest.mark.faults(29)
@pytest.mark.quick
@pytest.mark.parametrize("kind", ["worker", "store"])
def test_given_topics_with_other_partitions_than_configured_a_process_does_not_start(stand: Stand, kind: str) -> None:
    connections = stand.config(kind).connections.model_dump(mode="json")
    connections["kafka"]["partitions"] = 8
    other = stand.add(f"{kind}-2", connections=connections)
    stand.launch_part(f"{kind}-2")
    assert other.wait(40) == 1
    (said,) = [line for line in other.log.read_text().splitlines() if line.startswith("pipegauge:")]
    assert "connections.kafka.partitions is 8, but events has 4" in said or "but deliveries has 4" in said
