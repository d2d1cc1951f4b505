"""Which deliveries did not arrive: attempts of one delivery belong together by its key. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_HEARD_OF_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a delivery: `key` is what all of its attempts share, `id` a number that rises with time."""

    id: int
    key: str
    event: str
    arrived: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """When the vendor was asked to repeat an attempt."""

    id: int
    at: datetime


def undelivered(attempts: Iterable[Attempt], asked: Mapping[str, Asked], now: datetime) -> list[Attempt]:
    """The newest attempt of each delivery that never arrived, the oldest first.

    One that the vendor was asked for is left out while the new attempt is not to be seen yet, for an hour.
    """
    newest: dict[str, Attempt] = {}
    arrived: set[str] = set()
    for attempt in attempts:
        if attempt.arrived:
            arrived.add(attempt.key)
        if attempt.key not in newest or newest[attempt.key].id < attempt.id:
            newest[attempt.key] = attempt
    missing = [one for key, one in newest.items() if key not in arrived and not _is_on_its_way(one, asked, now)]
    return sorted(missing, key=lambda one: one.id)


def _is_on_its_way(attempt: Attempt, asked: Mapping[str, Asked], now: datetime) -> bool:
    before = asked.get(attempt.key)
    return before is not None and before.id >= attempt.id and now - before.at < _HEARD_OF_WITHIN
