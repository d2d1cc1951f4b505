"""A moment: that a tool sends one delivery, rendered only when it is wanted; and what is to be sent of it."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from deploy.demo.chance import delivery_uuid
from deploy.demo.story import Act

Body = dict[str, Any]

SENT_AFTER = timedelta(seconds=1)
"""How long a tool takes to send what happened."""


@dataclass(frozen=True, slots=True)
class Moment:
    """At `at` the delivery `key` of the event `event` happens; `render` makes its body. `source` is who sends it."""

    at: datetime
    event: str
    key: tuple[object, ...]
    render: Callable[[], Body]
    source: str = "github"


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery to be sent at `at` by `source`: its name of the event, the body, and the delivery's id."""

    at: datetime
    event: str
    body: Body
    delivery: str
    source: str = "github"


def planned(
    seed: int,
    acts: Iterable[Act],
    moments_of: Callable[[Act], Iterator[Moment]],
    end: datetime,
    since: datetime | None,
) -> Iterator[Planned]:
    """What is sent before `end`, and not before `since`, of the moments of `acts`; ordered by time."""
    for moment in _ordered(acts, moments_of):
        at = moment.at + SENT_AFTER
        if at >= end:
            return
        if since is None or at >= since:
            delivery = str(delivery_uuid(seed, *moment.key))
            yield Planned(at, moment.event, moment.render(), delivery, moment.source)


def _ordered(acts: Iterable[Act], moments_of: Callable[[Act], Iterator[Moment]]) -> Iterator[Moment]:
    """All moments by time. An act's moments are never before its begin, so what lies before the next act is settled."""
    waiting: list[tuple[datetime, int, Moment]] = []
    order = count()
    for act in acts:
        while waiting and waiting[0][0] < act.begin:
            yield heapq.heappop(waiting)[2]
        for moment in moments_of(act):
            heapq.heappush(waiting, (moment.at, next(order), moment))
