"""The oracle's checks by their numbers; they look at everything that the stand was ever sent."""

import time
from datetime import UTC, datetime
from typing import Protocol

from clickhouse_driver import Client

from tests.end_to_end.oracle import differences, missing_series
from tests.faults.load import Fact, Load, Subject
from tests.faults.obligations import Obligations
from tests.faults.parts import until
from tests.faults.stand import Stand
from tests.faults.tape import Tape

FRESH_S = 10
_FRESH_SERVICE = "fault-36"
"""No fault of its own: deliveries that ask whether anything still moves."""


class Asked(Protocol):
    """What is asked: the stand, or another stack that keeps its obligations."""

    @property
    def obligations(self) -> Obligations: ...
    @property
    def teams(self) -> dict[str, str]: ...

    def client(self) -> Client: ...

    def settle(self) -> object: ...


def check(stand: Asked) -> None:
    """Settles it, then checks 1, 2, 3, 4 and 6."""
    stand.settle()
    every_obligation_is_stored_once(stand)
    no_id_is_unknown(stand)
    what_is_stored_is_what_was_sent(stand)
    observations_are_the_truth(stand)
    windows_are_what_sql_computes(stand)
    dead_letters_are_the_poison(stand)


def every_obligation_is_stored_once(stand: Asked) -> None:
    """(1)"""
    client = stand.client()
    deliveries = [str(id_) for (id_,) in client.execute("SELECT id FROM deliveries FINAL")]
    assert len(deliveries) == len(set(deliveries)), "a delivery is stored twice"
    assert stand.obligations.answered.keys() - set(deliveries) == set(), "a delivery answered 2xx is lost"
    events = client.execute("SELECT service, id FROM events FINAL")
    assert len(events) == len(set(events)), "an event of a service is stored twice"
    assert stand.obligations.events - {str(id_) for _, id_ in events} == set(), "an event answered 2xx is lost"


def no_id_is_unknown(stand: Asked) -> None:
    """(2) Nothing is stored that nobody sent; an event is stored only with its delivery."""
    client = stand.client()
    deliveries = client.execute("SELECT id, event_ids FROM deliveries FINAL")
    assert {str(id_) for id_, _ in deliveries} - stand.obligations.offered.keys() == set()
    told = {id_ for _, ids in deliveries for id_ in ids}
    assert {id_ for (id_,) in client.execute("SELECT id FROM events FINAL")} - told == set()


def what_is_stored_is_what_was_sent(stand: Asked) -> None:
    """(3)"""
    rows = stand.client().execute("SELECT id, lower(hex(SHA256(body))) FROM deliveries FINAL")
    assert {str(id_): hash_ for id_, hash_ in rows if stand.obligations.offered[str(id_)] != hash_} == {}


def observations_are_the_truth(stand: Asked) -> None:
    """(4, first half) Each expected observation is there, and no other one of the services of the faults."""
    found, expected = observed(stand), stand.obligations.facts
    wrong = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()}
    wrong = {key: told for key, told in wrong.items() if told[0] != told[1]}
    assert wrong == {}, f"{len(wrong)} observations are not as (found, expected)"


def observed(stand: Asked) -> dict[Subject, Fact]:
    """What ClickHouse holds of the services of the faults."""
    rows = stand.client().execute(
        "SELECT metric, part, service, subject, at, value, weight FROM observations FINAL "
        "WHERE value IS NOT NULL AND weight > 0 AND service IN %(services)s",
        {"services": list(stand.teams)},
    )
    return {Subject(*row[:4]): Fact(row[4].replace(tzinfo=UTC), *row[5:]) for row in rows}


def windows_are_what_sql_computes(stand: Asked) -> None:
    """(4, second half) A tick may move the windows while they are read: what is wrong must stay wrong to be a fault."""
    client = stand.client()
    wrong: list[str] = []
    for _ in range(5):
        wrong = differences(client, stand.teams)
        if not wrong:
            break
        time.sleep(2)
    assert wrong == []
    assert missing_series(client) == set()


def a_fresh_event_is_visible_in_time(stand: Stand, seconds: float = FRESH_S) -> float:
    """(5) An event sent now is observed within `seconds`; the seconds that it took."""
    number = len(stand.obligations.offered)  # grows with each post: a run that was never sent before
    load = Load(_FRESH_SERVICE, 1, datetime.now(UTC), number)
    expected = load.durations(number)
    stand.obligations.facts |= expected
    began = time.monotonic()
    until(lambda: stand.post(load.run(number)).status_code == 202, seconds, "a 2xx")
    subject = next(iter(expected)).subject
    query = f"SELECT count() FROM observations FINAL WHERE service = '{_FRESH_SERVICE}' AND subject = '{subject}'"
    client = stand.client()
    until(lambda: client.execute(query)[0][0] == 2, began + seconds - time.monotonic(), "a fresh event's observation")
    return time.monotonic() - began


def dead_letters_are_the_poison(stand: Asked) -> None:
    """(6)"""
    rows = stand.client().execute("SELECT id FROM dead_letters FINAL")
    assert {str(id_) for (id_,) in rows} == stand.obligations.poison


def a_duplicate_happened(tape: Tape) -> int:
    """(7) Something was published again since the tape began: the fault was real. How much."""
    repeats = tape.repeats()
    assert repeats > 0, "nothing was repeated: the test proved nothing"
    return repeats
