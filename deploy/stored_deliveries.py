"""Deliveries as ClickHouse keeps them, a few at a time, for whoever reads them again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from clickhouse_driver import Client

from producers.comparing import StoredDelivery

# In milliseconds, so that no time zone of a server can be meant.
CAME_WITHIN = "toUnixTimestamp64Milli(received_at) >= %(since)s AND toUnixTimestamp64Milli(received_at) < %(until)s"
# By id, which the table is ordered by: each page begins where the last one ended, and none is sorted.
_PAGE = f"""
SELECT id, length(body) FROM deliveries FINAL
WHERE id > toUUID(%(after)s) AND {CAME_WITHIN}
  AND (%(source)s = '' OR source = %(source)s)
ORDER BY id LIMIT %(page)s
"""
_DELIVERIES = """
SELECT id, source, event_name, outcome, received_at, headers, body, event_ids FROM deliveries FINAL
WHERE id IN %(ids)s ORDER BY id
"""
_FIRST = "00000000-0000-0000-0000-000000000000"
_PAGE_ROWS = 5_000
_MOST, _MOST_BYTES = 200, 32 << 20
_IDS_AT_ONCE = 1_000


def stored_deliveries(
    client: Client, source: str, since: datetime, until: datetime
) -> Iterator[list[tuple[str, StoredDelivery]]]:
    """The deliveries of `source` ('' means all) that came from `since` on and before `until`, each with the name of
    its event; so many at once as there is memory for."""
    after = _FIRST
    while True:
        page = client.execute(_PAGE, {"source": source, "after": after, "page": _PAGE_ROWS, **within(since, until)})
        for ids in chunks(page):
            rows = client.execute(_DELIVERIES, {"ids": ids}, settings={"strings_as_bytes": True})
            yield [(row[2].decode(), _delivery(row)) for row in rows]
        if len(page) < _PAGE_ROWS:
            return
        after = str(page[-1][0])


def within(since: datetime, until: datetime) -> dict[str, int]:
    """The parameters of CAME_WITHIN."""
    return {"since": int(since.timestamp() * 1_000), "until": int(until.timestamp() * 1_000)}


def chunks(sizes: Sequence[tuple[Any, int]]) -> Iterator[list[str]]:
    """Ids, so many at once as there is memory for their bodies, from ids and the sizes of these."""
    chunk: list[str] = []
    total = 0
    for id_, size in sizes:
        if chunk and (len(chunk) == _MOST or total + size > _MOST_BYTES):
            yield chunk
            chunk, total = [], 0
        chunk.append(str(id_))
        total += size
    if chunk:
        yield chunk


def at_once(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids, so many at once as one question names."""
    return (ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))


def _delivery(row: Sequence[Any]) -> StoredDelivery:
    id_, source, _, outcome, received_at, headers, body, event_ids = row
    return StoredDelivery(
        id=str(id_),
        source=source.decode(),
        outcome=outcome.decode(),
        received_at=received_at,
        headers={name.decode(): text.decode() for name, text in headers.items()},
        body=body,
        events=tuple(map(str, event_ids)),
    )
