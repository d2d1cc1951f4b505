"""Faults 14, 15 and 37: answers of ClickHouse are lost, or it refuses what the store brings."""

from collections.abc import Iterator

import pytest

from schemas import topics
from stream_processors.store import GROUP
from tests.faults import oracle
from tests.faults.parts import until
from tests.faults.proxy import Proxy
from tests.faults.stand import Stand
from tests.faults.test_engines import committed


def store_behind(stand: Stand, proxy: Proxy) -> None:
    """The store, started anew so that it reaches ClickHouse through `proxy`."""
    stand.store.end()
    connections = stand.config("store").connections.model_dump(mode="json")
    connections["clickhouse"]["port"] = proxy.port
    stand.add("store", connections=connections)
    stand.start_part("store")


def rows(stand: Stand, service: str) -> tuple[int, int]:
    """Rows of a service's events, and how many of them are read with FINAL."""
    query = "SELECT count() FROM events {} WHERE service = %(service)s"
    [[raw]], [[final]] = (stand.client().execute(query.format(how), {"service": service}) for how in ("", "FINAL"))
    return raw, final


@pytest.fixture
def proxy(stand: Stand) -> Proxy:
    proxy = Proxy(stand.clickhouse_port)
    store_behind(stand, proxy)
    stand.client().execute("SYSTEM STOP MERGES events")
    return proxy


@pytest.fixture(autouse=True)
def _store_as_before(stand: Stand) -> Iterator[None]:
    """The store reaches ClickHouse by itself again, and merges go on."""
    yield
    stand.client().execute("SYSTEM START MERGES events")
    stand.store.end()
    stand.add("store")
    stand.start_part("store")


@pytest.mark.faults(14)
@pytest.mark.timeout(120)
def test_an_insert_whose_answer_is_lost_is_repeated_under_its_token_and_adds_nothing(
    stand: Stand, proxy: Proxy
) -> None:
    proxy.lose_next("events")
    stand.send(stand.load("fault-14", 20))
    until(lambda: proxy.lost == 1, 20, "the loss of an answer")
    oracle.check(stand)
    assert rows(stand, "fault-14") == (40, 40), "the second insert was not recognised by its token"


@pytest.mark.faults(15)
@pytest.mark.timeout(120)
def test_an_insert_repeated_beyond_the_window_of_tokens_is_read_once(stand: Stand, proxy: Proxy) -> None:
    client = stand.client()
    client.execute("ALTER TABLE events MODIFY SETTING non_replicated_deduplication_window = 1")
    stand.send(stand.load("fault-15", 5))
    stand.settle()
    proxy.lose_next("events", then_close=True)
    stand.send(stand.load("fault-15", 20, first=5))
    until(lambda: proxy.lost == 1, 20, "the loss of an answer")
    another = {"insert_deduplication_token": "another"}
    client.execute("INSERT INTO events SELECT * FROM events FINAL WHERE service = 'fault-15' LIMIT 1", settings=another)
    proxy.let_in()
    oracle.check(stand)
    raw, final = rows(stand, "fault-15")
    assert final == 50
    assert raw > 51, "the second insert was recognised by its token: the window was not overflown"
    client.execute("ALTER TABLE events RESET SETTING non_replicated_deduplication_window")


@pytest.mark.faults(37)
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("break_it", "mend_it", "said"),
    [
        pytest.param(
            "ALTER TABLE events RENAME COLUMN url TO link",
            "ALTER TABLE events RENAME COLUMN link TO url",
            "run `pipegauge migrate`",
            id="a table one version behind",
        ),
        pytest.param(
            "ALTER TABLE events MODIFY SETTING table_readonly = 1",
            "ALTER TABLE events MODIFY SETTING table_readonly = 0",
            "nothing is lost",
            id="read-only",
        ),
    ],
)
def test_what_clickhouse_refuses_is_kept_in_kafka_with_a_clear_error_and_no_dead_letters(
    stand: Stand, break_it: str, mend_it: str, said: str
) -> None:
    stand.settle()
    before = committed(stand, GROUP, topics.EVENTS)
    already = sum(subject.service == "fault-37" for subject in stand.obligations.facts)
    stand.client().execute(break_it)
    try:
        stand.send(stand.load("fault-37", 20, first=already))
        until(lambda: bool(stand.status("store")["fault"]), 20, "the store's fault")
        assert committed(stand, GROUP, topics.EVENTS) == before, "offsets stand still"
        assert said in stand.store.log.read_text().splitlines()[-1] + stand.store.log.read_text()[-3_000:]
        oracle.dead_letters_are_the_poison(stand)
    finally:
        stand.client().execute(mend_it)
    oracle.check(stand)
