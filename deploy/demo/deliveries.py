"""The story as GitHub tells it: deliveries in the order in which they are sent."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from deploy.demo.chance import delivery_uuid, identifier
from deploy.demo.chronicle import chronicle
from deploy.demo.github.changes import change_moments
from deploy.demo.github.checks import verification_moments
from deploy.demo.github.deployments import release_moments
from deploy.demo.github.moments import Moment
from deploy.demo.github.parts import Body, envelope, stamp
from deploy.demo.github.pushes import branch_end_moments, push_moments
from deploy.demo.story import Act, Change, Landing, Session

SENT_AFTER = timedelta(seconds=1)
"""How long GitHub takes to send what happened."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery to be sent at `at`: GitHub's event name, its body, and the delivery's id."""

    at: datetime
    event: str
    body: Body
    delivery: str


def deliveries(
    seed: int, start: datetime, end: datetime, sessions: Sequence[Session] = (), since: datetime | None = None
) -> Iterator[Planned]:
    """What Northwind's repositories send before `end`, ordered by time; the story begins at `start`.

    The same arguments give the same deliveries, and a later `end` only adds to them. `sessions` are spans of live
    work. With `since`, deliveries before it are skipped: how a feed goes on where it stopped.
    """
    for moment in _ordered(seed, start, sessions):
        at = moment.at + SENT_AFTER
        if at >= end:
            return
        if since is None or at >= since:
            yield Planned(at, moment.event, moment.render(), str(delivery_uuid(seed, *moment.key)))


def _ordered(seed: int, start: datetime, sessions: Sequence[Session]) -> Iterator[Moment]:
    """All moments by time. An act's moments are never before its begin, so what lies before the next act is settled."""
    waiting: list[tuple[datetime, int, Moment]] = []
    order = count()
    for act in chronicle(seed, start, sessions):
        while waiting and waiting[0][0] < act.begin:
            yield heapq.heappop(waiting)[2]
        for moment in _moments(act):
            heapq.heappush(waiting, (moment.at, next(order), moment))


def _moments(act: Act) -> Iterator[Moment]:
    if isinstance(act, Change):
        for push in act.pushes:
            yield from push_moments(push)
        yield from change_moments(act)
        for verification in act.verifications:
            yield from verification_moments(verification)
        yield from branch_end_moments(act)
        yield from _star(act)
    elif isinstance(act, Landing):
        yield from push_moments(act.push)
        yield from verification_moments(act.verification)
    else:
        yield from release_moments(act)


def _star(change: Change) -> Iterator[Moment]:
    """Now and then somebody stars the repository: noise that no metric hears."""
    if identifier(change.key, "star") % 7 == 0:
        at = change.opened_at

        def render() -> Body:
            return {"action": "created", "starred_at": stamp(at)} | envelope(change.repository, change.author)

        yield Moment(at, "star", (change.key, "star"), render)
