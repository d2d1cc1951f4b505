"""The order of things: changes begin, land on main one after the other, and releases carry what has landed."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from deploy.demo.changes import plan_change
from deploy.demo.company import REPOSITORIES, Repository
from deploy.demo.openings import openings
from deploy.demo.releases import first_head, first_release, land, release, retry_at
from deploy.demo.story import Act, Change, Deployment, Landing, Release, Session


@dataclass(slots=True)
class _Main:
    """A repository's main branch as the story goes on."""

    number: int
    head: str
    free_at: datetime
    production: Deployment | None
    undeployed: list[Landing] = field(default_factory=list)
    releases: int = 0


def chronicle(
    seed: int, start: datetime, sessions: Sequence[Session] = (), repositories: Sequence[Repository] = REPOSITORIES
) -> Iterator[Act]:
    """Everything that happens in `repositories` from `start` on, ordered by the begin of each act; without end.

    What begins before a moment does not depend on what begins after it, so a longer reading continues a shorter one.
    """
    start = start.replace(microsecond=0)
    return _Chronicle(seed, start, sessions, repositories).acts()


class _Chronicle:
    def __init__(
        self, seed: int, start: datetime, sessions: Sequence[Session], repositories: Sequence[Repository]
    ) -> None:
        self._seed, self._start, self._repositories = seed, start, repositories
        self._openings = openings(seed, start, sessions, repositories)
        self._order = count()
        self._agenda: list[tuple[datetime, int, Change | Repository]] = []  # a merge, or that a release is due
        self._mains: dict[str, _Main] = {}

    def acts(self) -> Iterator[Act]:
        for repository in self._repositories:
            baseline = first_release(self._seed, repository, self._start)
            production = baseline.in_production
            head = first_head(repository)
            self._mains[repository.name] = _Main(repository.first_number, head, baseline.finished_at, production)
            yield baseline
        for opening in self._openings:
            while self._agenda and self._agenda[0][0] <= opening.begin:
                at, _, what = heapq.heappop(self._agenda)
                act = self._landing(what) if isinstance(what, Change) else self._release(what, at)
                if act is not None:
                    yield act
            main = self._mains[opening.repository.name]
            change = plan_change(opening, main.number, main.head)
            main.number += 1
            if change.merge is not None:
                self._plan(change.merge.at, change)
            yield change

    def _plan(self, at: datetime, what: Change | Repository) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), what))

    def _landing(self, change: Change) -> Landing:
        main = self._mains[change.repository.name]
        landing = land(change, main.head)
        main.head = landing.push.after
        main.undeployed.append(landing)
        self._plan(landing.due_at, change.repository)
        return landing

    def _release(self, repository: Repository, at: datetime) -> Release | None:
        """The release of what is ready, if anything is; while another one runs it waits for that."""
        main = self._mains[repository.name]
        if at < main.free_at:
            self._plan(main.free_at, repository)
            return None
        ready = [index for index, landing in enumerate(main.undeployed) if landing.ready_at <= at]
        if not ready:
            return None
        carried = tuple(main.undeployed[: ready[-1] + 1])
        main.releases += 1
        made = release(carried, at, main.releases, main.production)
        main.free_at = made.finished_at
        if made.in_production is None:
            self._plan(retry_at(made), repository)
        else:
            main.production = made.in_production
            del main.undeployed[: len(carried)]
        return made
