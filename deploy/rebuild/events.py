"""The table `events` as the source of a rebuild: read newest versions, publish them, take the old rows away."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from clickhouse_driver import Client
from kafka import KafkaProducer

from deploy.migration_text import for_cluster
from deploy.rebuild.placing import StoredEvent, place
from schemas.catalog import Catalog
from schemas.topics import MAX_RECORD_BYTES

AT_ONCE = 2_000
"""Events read, placed and acknowledged before the next ones are read."""
KEPT_AT_MOST = 10_000
"""Events without a newer copy: more of them mean that something went wrong."""

_DAYS = "SELECT toDate(occurred_at) AS day, uniqExact(id) FROM events GROUP BY day ORDER BY day"
# An event may be under several services, and may have been corrected: the newest of all its rows speaks.
_OF_A_DAY = """
SELECT id, body, delivery FROM events
WHERE toDate(occurred_at) = %(day)s AND (id, version) IN
(
    SELECT id, max(version) FROM events
    WHERE id IN (SELECT id FROM events WHERE toDate(occurred_at) = %(day)s)
    GROUP BY id
)
ORDER BY occurred_at, id
LIMIT 1 BY id
"""
_UNCOPIED = f"SELECT id FROM events GROUP BY id HAVING max(version) < %(cut)s LIMIT {KEPT_AT_MOST + 1}"
_LEFT_BEHIND = """
SELECT DISTINCT service FROM
(
    SELECT service, id, max(version) AS newest FROM events GROUP BY service, id
)
WHERE newest < %(cut)s AND id NOT IN %(kept)s
"""
_DELETE = "ALTER TABLE events DELETE WHERE version < {cut} AND service IN %(services)s AND id NOT IN %(kept)s"
_NOBODY = UUID(int=0)

Say = Callable[[str], None]


class NotPlaced(RuntimeError):
    """The stored events could not be published anew: one line saying what to do."""


def newest_second(client: Client) -> int:
    """The broker's second of the newest row; every copy that is published must be younger."""
    ((second,),) = client.execute("SELECT intDiv(max(version), 4294967296) FROM events")
    return int(second)


def publish(client: Client, kafka: Mapping[str, Any], catalog: Catalog, say: Say) -> int:
    """Publish every stored event for the services that claim it now; the version below which rows are old.

    Raises NotPlaced, KafkaError.
    """
    before = newest_second(client)
    time.sleep(max(0.0, min(2.0, before + 1.1 - time.time())))
    producer = KafkaProducer(
        **kafka, acks="all", compression_type="lz4", batch_size=1 << 20, linger_ms=20, max_request_size=MAX_RECORD_BYTES
    )
    total = unreadable = 0
    try:
        for day, events in _days(client):
            placed = place(events, catalog)
            sent = [producer.send(record.topic, record.value, record.key, record.headers) for record in placed.records]
            seconds = [future.get(timeout=60).timestamp // 1000 for future in sent]
            if seconds and min(seconds) <= before:
                raise NotPlaced(
                    "the broker's clock is behind the newest stored event; correct it and run `pipegauge rebuild` again"
                )
            total, unreadable = total + len(events), unreadable + len(placed.unreadable)
            say(f"  {total:,} events placed, up to {day}")
    finally:
        producer.close(timeout=10)
    if unreadable:
        say(f"  {unreadable:,} events do not fit the contract of now; they are kept and not computed from")
    return before + 1 << 32


def _days(client: Client) -> Iterator[tuple[str, list[StoredEvent]]]:
    """Events in the order of their times, a bounded number of one day each."""
    for day, _ in client.execute(_DAYS):
        batch: list[StoredEvent] = []
        for row in client.execute_iter(_OF_A_DAY, {"day": day}, settings={"max_block_size": AT_ONCE}):
            batch.append(StoredEvent(*row))
            if len(batch) == AT_ONCE:
                yield str(day), batch
                batch = []
        if batch:
            yield str(day), batch


def remove_old_rows(client: Client, cut: int, cluster: str | None) -> list[str]:
    """Delete the rows of services that no longer claim their events; the names of these services.

    An event of which no copy younger than `cut` is stored keeps its rows. Raises NotPlaced.
    """
    kept = [id_ for (id_,) in client.execute(_UNCOPIED, {"cut": cut})]
    if len(kept) > KEPT_AT_MOST:
        raise NotPlaced("most events have not been stored anew; nothing was deleted, run `pipegauge rebuild` again")
    chosen = {"kept": tuple(kept or [_NOBODY])}
    services = sorted(service for (service,) in client.execute(_LEFT_BEHIND, {"cut": cut, **chosen}))
    if services:
        statement = _DELETE.format(cut=cut)
        statement = for_cluster(statement, cluster).rstrip().rstrip(";") if cluster else statement
        client.execute(statement, {"services": tuple(services), **chosen}, settings={"mutations_sync": 2})
    return services
