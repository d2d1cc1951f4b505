"""`pipegauge source drift`: how the payloads that are stored differ before and since a moment."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import orjson
from clickhouse_driver import Client

from deploy.replay import engines
from deploy.stored_deliveries import stored_deliveries
from producers.drift import Drifted, Shape, drift
from schemas.config import Config
from schemas.model import FIRST_MOMENT

Shapes = dict[tuple[str, str], Shape]
"""Shapes by source and event."""


def drifted(
    config: Config, resolve: Callable[[str], str], source: str, since: datetime, now: datetime
) -> list[Drifted]:
    """How the payloads of `source` ('' means all) since a moment differ from those stored before it, which are as many
    as ClickHouse keeps. Raises NotReplayed where it does not answer."""
    with engines(config, resolve, dry=True) as (client, _):
        before = shapes(client, source, FIRST_MOMENT, since)
        after = shapes(client, source, since, now)
    both = sorted(before.keys() & after.keys())
    return [one for name, event in both for one in drift(name, event, before[name, event], after[name, event])]


def shapes(client: Client, source: str, since: datetime, until: datetime) -> Shapes:
    """The shapes of the payloads that came from `since` on and before `until`; what is no JSON has none."""
    found: Shapes = {}
    for some in stored_deliveries(client, source, since, until):
        for event, stored in some:
            try:
                document = orjson.loads(stored.body)
            except orjson.JSONDecodeError:  # a report of tests
                continue
            found.setdefault((stored.source, event), Shape()).add(document)
    return found


def lines(found: Iterable[Drifted]) -> list[str]:
    """What drifted, for people: a line for each field, below one for each event."""
    said: list[str] = []
    event = None
    for one in found:
        if (one.source, one.event) != event:
            event = (one.source, one.event)
            said.append(f"{one.source} {one.event}: {one.payloads_before} payloads before, {one.payloads_after} since")
        said.append(f"  {_SIGNS[one.change]} {one.field}: {_told(one)}")
    return said


_SIGNS = {"appeared": "+", "vanished": "-", "type": "~"}


def _told(one: Drifted) -> str:
    if one.change == "type":
        return f"{_types(one.before)} → {_types(one.after)}"
    return _types(one.after if one.change == "appeared" else one.before)


def _types(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{type_} {count}" for type_, count in sorted(counts.items(), key=lambda item: -item[1]))
