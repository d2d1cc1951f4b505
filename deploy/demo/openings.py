"""When changes begin: office days without end, and live sessions laid over them."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from deploy.demo.chance import dice
from deploy.demo.changes import Opening
from deploy.demo.company import REPOSITORIES, Repository, Service
from deploy.demo.pace import LIVE, OFFICE, is_working_day
from deploy.demo.story import Session

DELIVERIES_PER_CHANGE = 56
"""The mean of what GitHub sends about a change, its landing and its share of a release."""

_FIRST_ONE_S_SHARE = 0.65
_QUIET = timedelta(minutes=20)  # the first changes follow the baseline


def openings(
    seed: int, start: datetime, sessions: Sequence[Session] = (), repositories: Sequence[Repository] = REPOSITORIES
) -> Iterator[Opening]:
    """All changes of `repositories` that begin after `start`, ordered by their begin; without end."""
    live = (_live(seed, session, repositories) for session in sessions)
    return heapq.merge(_at_the_office(seed, start, repositories), *live, key=lambda opening: opening.begin)


def _at_the_office(seed: int, start: datetime, repositories: Sequence[Repository]) -> Iterator[Opening]:
    day = start.date()
    while True:
        opened = [opening for repository in repositories for opening in _of_day(seed, day, repository)]
        for opening in sorted(opened, key=lambda opening: opening.begin):
            if opening.begin >= start + _QUIET:
                yield opening
        day += timedelta(days=1)


def _of_day(seed: int, day: date, repository: Repository) -> Iterator[Opening]:
    key = f"{seed}:{repository.full_name}:{day.isoformat()}"
    throw = dice(key)
    morning = datetime.combine(day, time(8), UTC)
    if not is_working_day(morning):
        return
    mean = repository.changes_a_day
    for index in range(round(throw.triangular(0.4, 1.6, 1.0) * mean)):
        begin = morning + timedelta(seconds=throw.randrange(8 * 3_600))
        yield Opening(f"{key}:{index}", begin, repository, _touched(repository, throw.random()), OFFICE)


def _live(seed: int, session: Session, repositories: Sequence[Repository]) -> Iterator[Opening]:
    interval = DELIVERIES_PER_CHANGE / session.rate
    begin = session.start.replace(microsecond=0)
    offset, index = 0.0, 0
    while begin + timedelta(seconds=offset) < session.end:
        key = f"{seed}:live:{begin.isoformat()}:{index}"
        throw = dice(key)
        repository = repositories[0] if throw.random() < _FIRST_ONE_S_SHARE else repositories[-1]
        at = begin + timedelta(seconds=int(offset))
        yield Opening(key, at, repository, _touched(repository, throw.random()), LIVE)
        offset += interval * throw.uniform(0.6, 1.4)
        index += 1


def _touched(repository: Repository, luck: float) -> tuple[Service, ...]:
    """The services that a change of `repository` touches: one as a rule, in a monorepo now and then all."""
    if len(repository.services) == 1 or luck < 0.1:
        return repository.services
    return (repository.services[int((luck - 0.1) / 0.9 * len(repository.services))],)
