"""The story as GitHub tells it: deliveries in the order in which they are sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from deploy.demo.chance import identifier
from deploy.demo.chronicle import chronicle
from deploy.demo.github.changes import change_moments
from deploy.demo.github.checks import verification_moments
from deploy.demo.github.deployments import release_moments
from deploy.demo.github.parts import envelope, stamp
from deploy.demo.github.pushes import branch_end_moments, push_moments
from deploy.demo.moments import Body, Moment, Planned, planned
from deploy.demo.story import Act, Change, Landing, Session


def deliveries(
    seed: int, start: datetime, end: datetime, sessions: Sequence[Session] = (), since: datetime | None = None
) -> Iterator[Planned]:
    """What Northwind's repositories send before `end`, ordered by time; the story begins at `start`.

    The same arguments give the same deliveries, and a later `end` only adds to them. `sessions` are spans of live
    work. With `since`, deliveries before it are skipped: how a feed goes on where it stopped.
    """
    return planned(seed, chronicle(seed, start, sessions), _moments, end, since)


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
