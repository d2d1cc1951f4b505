"""Faults 1 to 5: gateway, worker and store are killed at the worst moments of their work."""

import httpx
import pytest

from deploy.demo.moments import Planned
from stream_processors.failpoints import EXIT_KILLED
from tests.faults import oracle
from tests.faults.stand import Stand
from tests.faults.tape import Tape


def post_until_killed(stand: Stand, planned: list[Planned]) -> list[Planned]:
    """Post one after the other; those without an answer."""
    unanswered = []
    for one in planned:
        try:
            assert stand.post(one).status_code == 202
        except httpx.TransportError:  # the gateway is dead, or dies with this one
            unanswered.append(one)
    return unanswered


@pytest.mark.faults(1)
@pytest.mark.quick
def test_a_gateway_killed_before_it_publishes_owes_nothing(stand: Stand) -> None:
    stand.gateway.kill()
    stand.start_part("gateway", PIPEGAUGE_FAIL_AT="before_publish:6")
    planned = stand.load("fault-1", 10)
    unanswered = post_until_killed(stand, planned)
    assert stand.gateway.wait(5) == EXIT_KILLED
    assert len(unanswered) == len(planned) - 5
    stand.start_part("gateway")
    stand.settle()
    stored = {str(id_) for (id_,) in stand.client().execute("SELECT id FROM deliveries FINAL")}
    assert stored == set(stand.obligations.answered), "what was not answered is not stored"
    stand.send(unanswered)
    oracle.check(stand)


@pytest.mark.faults(2)
@pytest.mark.quick
def test_a_gateway_killed_after_kafkas_acknowledgement_is_sent_the_same_again(stand: Stand) -> None:
    stand.gateway.kill()
    stand.start_part("gateway", PIPEGAUGE_FAIL_AT="after_ack:6")
    tape = Tape(stand.broker.address)
    unanswered = post_until_killed(stand, stand.load("fault-2", 10))
    assert stand.gateway.wait(5) == EXIT_KILLED
    stand.start_part("gateway")
    stand.send(unanswered)
    oracle.check(stand)
    assert oracle.a_duplicate_happened(tape) >= 2, "the delivery and its event"


@pytest.mark.parametrize(
    ("point", "repeats"),
    [
        pytest.param("before_emit:40", False, marks=(pytest.mark.faults(3), pytest.mark.quick)),
        pytest.param("after_emit:40", True, marks=pytest.mark.faults(4)),
        pytest.param("before_commit", True, marks=pytest.mark.faults(4)),
    ],
)
def test_a_worker_killed_in_the_midst_of_its_work_repeats_it(stand: Stand, point: str, repeats: bool) -> None:
    stand.worker.end()  # it leaves its group: only the kill that is meant costs a session's timeout
    service = "fault-4" if repeats else "fault-3"
    already = sum(subject.service == service for subject in stand.obligations.facts)
    planned = stand.load(service, 100, first=already)
    tape = Tape(stand.broker.address)
    with stand.sending(planned, 100):
        stand.launch_part("worker", PIPEGAUGE_FAIL_AT=point)
        assert stand.worker.wait(60) == EXIT_KILLED
        stand.start_part("worker")
    oracle.check(stand)
    if repeats:
        oracle.a_duplicate_happened(tape)


@pytest.mark.faults(5)
@pytest.mark.parametrize(
    "point",
    [
        "before_insert:3",
        pytest.param("after_insert:2", marks=pytest.mark.quick),
        "before_commit",
    ],
)
def test_a_store_killed_around_an_insert_stores_each_row_once(stand: Stand, point: str) -> None:
    stand.store.end()
    already = sum(subject.service == "fault-5" for subject in stand.obligations.facts)
    stand.send(stand.load("fault-5", 60, first=already))
    stand.launch_part("store", PIPEGAUGE_FAIL_AT=point)
    assert stand.store.wait(60) == EXIT_KILLED
    stand.start_part("store")
    oracle.check(stand)
