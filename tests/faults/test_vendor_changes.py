"""Fault 26: vendors add, rename and retype fields; what no mapping fits any more is kept raw and waits for a fix."""

import re
from datetime import UTC, datetime

import pytest

from producers.gateway import read
from producers.registry import find_source
from producers.source import NotJson
from schemas.deliveries import Delivery
from tests.end_to_end.embedded_stack import SALT
from tests.faults import oracle
from tests.faults.stand import Stand
from tests.fuzz.fuzz import mutations

COUNT = 400
SEED = 26
_AN_EVENT = re.compile(r"[a-z_]+")


@pytest.mark.faults(26, times=COUNT)
@pytest.mark.quick
@pytest.mark.timeout(120)
def test_mutated_payloads_by_http_leave_by_the_doors_that_their_reading_names_and_are_all_kept(stand: Stand) -> None:
    doors: dict[str, int] = {}
    for payload in mutations(COUNT, SEED):
        event = payload.headers.get("x-github-event", "")
        if payload.source != "github" or not _AN_EVENT.fullmatch(event):
            continue
        body = payload.body.replace(b"northwind/", b"mutated/")  # a company of its own
        delivery = Delivery("github", {"x-github-event": event}, body, None, datetime.now(UTC))
        try:
            outcome: str = read(delivery, find_source("github"), SALT.encode()).outcome
        except NotJson:  # the sender's fault
            assert stand.post_raw(event, body).status_code == 400
            outcome = "400"
        else:
            answer = stand.post_body(event, body, poison=outcome == "dead-letter")
            assert (answer.status_code, answer.json()["outcome"]) == (202, outcome)
        doors[outcome] = doors.get(outcome, 0) + 1
    print(doors)
    assert doors.keys() == {"accepted", "ignored", "dead-letter", "400"}
    oracle.check(stand)
