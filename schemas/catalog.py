"""Which services an event belongs to, whose they are, and where their production is. Pure: times are arguments."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache

from schemas.config import Service
from schemas.events import CommitsPushed, Event, Tier
from schemas.globs import expression_of, glob_pattern

UNASSIGNED = "unassigned"
_REMEMBERED = 10_000  # repositories and paths: an answer of a large organisation, yet bounded


class Catalog:
    """The services of pipegauge.yaml. Every answer is remembered by its repository: placing costs a look-up."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = {service.name: service for service in services}
        self._whole = [(service.name, repository) for service in services for repository in service.repositories]
        self._parts = [
            (service.name, claim.repository, tuple(glob_pattern(glob) for glob in claim.patterns))
            for service in services
            for claim in service.paths
        ]
        self._projects = [(service.name, glob) for service in services for glob in service.projects]
        self._apps = [(service.name, glob) for service in services for glob in service.apps]
        self._claims = lru_cache(_REMEMBERED)(self._claims_of)
        self._by_name = lru_cache(_REMEMBERED)(self._named)
        self._is_claimed = lru_cache(_REMEMBERED)(self._is_claimed_by)

    def place(self, event: Event) -> tuple[str, ...]:
        """The services of `event`, each once, in the order of the catalog.

        An app says more than a project, and a project more than a repository: who claims the first that is claimed
        has the event. An app that has a service's name is that service. An event whose paths are known goes to the
        services that claim one of them, one without paths to every service that claims a path in its repository. What
        nobody claims gets the name of its repository, project or app.
        """
        origin = event.origin
        named = self._by_name(origin.app, origin.project)
        if named:
            return named
        name = origin.repository or origin.project or origin.app or event.source
        whole, parts = self._claims(name)
        if not parts:
            return whole or (name,)
        paths = _known_paths(event)
        if paths is None:
            claiming = whole + tuple(service for service, _ in parts)
        else:
            claiming = whole + tuple(service for service, claimed in parts if any(map(claimed, paths)))
        return tuple(service for service in self._services if service in claiming) or (name,)

    def touches(self, service: str, repository: str, paths: Iterable[str]) -> bool:
        """Whether one of `paths` in `repository` is the service's. No paths speak against nobody: True.

        A service that claims the whole repository, or that has its name because nobody claims it, owns every path.
        """
        whole, parts = self._claims(repository)
        claimed = next((claimed for name, claimed in parts if name == service), None)
        known = tuple(paths)
        return claimed is None or service in whole or not known or any(map(claimed, known))

    def team_of(self, service: str, at: datetime) -> str:
        """The team that `service` belongs to at `at`: `unassigned` before its first team and for unknown services."""
        known = self._services.get(service)
        if known is None:
            return UNASSIGNED
        if isinstance(known.team, str):
            return known.team
        day = at.astimezone(UTC).date()
        begun = [team for team in known.team if team.since <= day]
        return max(begun, key=lambda team: team.since).name if begun else UNASSIGNED

    def is_production(self, service: str, environment: str, tier: Tier | None) -> bool:
        """Whether the provider calls `environment` production, or a pattern of the service does."""
        known = self._services.get(service)
        patterns = known.production if known else ()
        return tier == "production" or any(fnmatchcase(environment, pattern) for pattern in patterns)

    def _named(self, app: str | None, project: str | None) -> tuple[str, ...]:
        """The services of an app or a project; none where nobody claims them."""
        if app is not None and app in self._services:
            return (app,)
        for name, claims in ((app, self._apps), (project, self._projects)):
            services = {service for service, glob in claims if name is not None and _names(glob, name)}
            if services:
                return tuple(service for service in self._services if service in services)
        return ()

    def _claims_of(self, repository: str) -> tuple[tuple[str, ...], tuple[tuple[str, Callable[[str], bool]], ...]]:
        whole = tuple(dict.fromkeys(name for name, glob in self._whole if _names(glob, repository)))
        globs: dict[str, list[re.Pattern[str]]] = {}
        for name, glob, patterns in self._parts:
            if _names(glob, repository):
                globs.setdefault(name, []).extend(patterns)
        return whole, tuple((name, self._claimed(tuple(patterns))) for name, patterns in globs.items())

    def _claimed(self, patterns: tuple[re.Pattern[str], ...]) -> Callable[[str], bool]:
        return lambda path: self._is_claimed(patterns, path)

    @staticmethod
    def _is_claimed_by(patterns: tuple[re.Pattern[str], ...], path: str) -> bool:
        return any(pattern.match(path) for pattern in patterns)


def _names(glob: str, repository: str) -> bool:
    """Whether `glob` names `repository`, a project or an app; providers take the case of a name for the same."""
    return _repository_pattern(glob).match(repository.casefold()) is not None


@lru_cache(_REMEMBERED)
def _repository_pattern(glob: str) -> re.Pattern[str]:
    return re.compile(expression_of(glob.casefold()) + r"\Z")


def _known_paths(event: Event) -> frozenset[str] | None:
    """The paths that an event touches; None where the provider does not tell all of them, or there are none.

    A push to the default branch counts as one without paths: each service of the repository needs the whole chain of
    its commits, or it could not tell what a deployment carries (`touches` keeps foreign changes out).
    """
    if not isinstance(event, CommitsPushed) or event.default_branch:
        return None
    paths: set[str] = set()
    for commit in event.commits:
        if commit.paths is None:
            return None
        paths.update(commit.paths)
    return frozenset(paths) or None
