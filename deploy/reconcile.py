"""`pipegauge reconcile`, with what the configuration says: addresses, tokens, secrets, and what ClickHouse has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clickhouse_driver import Client

from deploy.import_git import secret_of
from deploy.replay import engines
from producers.history.posting import poster
from producers.opening import source_of
from producers.reconciling.api import Api
from producers.reconciling.github import GitHub
from producers.reconciling.gitlab import GitLab
from producers.reconciling.reconciler import FIRST_SINCE, Fact, Note, Reconciled, Reconciler, Through
from producers.reconciling.vendor import Reconcilable
from producers.sender import signed_headers
from schemas.config import Config, VendorApi
from schemas.events import ChangeUpdated, RunUpdated

VENDORS: dict[str, Reconcilable] = {vendor.source: vendor for vendor in (GitHub(), GitLab())}
_RUNS = """
SELECT run, JSONExtractUInt(body, 'attempt') FROM events FINAL
WHERE type = 'RunUpdated' AND repository = %(repository)s AND run IN %(numbers)s AND state = 'finished'
"""
_CHANGES = """
SELECT change, state FROM events FINAL
WHERE type = 'ChangeUpdated' AND repository = %(repository)s AND change IN %(numbers)s
"""


class NotToReconcile(LookupError):
    """Nothing says what is to be reconciled: one line saying what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: runs and changes to be read, or deliveries to be repeated; the hooks are those that post to a
    gateway where none is named."""

    vendor: str
    repositories: Sequence[str]
    read: bool
    since: datetime | None
    hooks: Sequence[int]
    dry: bool


def reconcile(
    config: Config, resolve: Callable[[str], str], wanted: Wanted, gateway: str, note: Note
) -> list[Reconciled]:
    """Reconciles; `note` is told of each delivery, run or change that is missing. Raises one-line errors."""
    vendor = VENDORS[wanted.vendor]
    repositories = wanted.repositories or exact_repositories(config)
    if not repositories:
        raise NotToReconcile("the catalog names no repository without a glob; name those to reconcile")
    settings = config.sources.get(vendor.source)
    told = (settings.api if settings else None) or VendorApi()
    api = Api(told.url or vendor.address, vendor.headers(resolve(told.token or vendor.token)))
    reconciler = Reconciler(vendor, api, state_file(config.data, vendor.source), wanted.dry, note)
    now = datetime.now(UTC)
    if not wanted.read:
        since = wanted.since or now - FIRST_SINCE
        return [reconciler.redeliver(one, wanted.hooks, since, now) for one in repositories]
    source, secret = source_of(vendor.source, config), secret_of(config, vendor.source)
    post = poster(f"{gateway}/hooks/{vendor.source}")
    with engines(config, resolve, dry=True) as (client, _):
        through = Through(
            source,
            lambda event, body: signed_headers(vendor.source, event, body, secret),
            lambda facts: known(client, facts),
            post,
        )
        return [reconciler.read(one, wanted.since, now, through) for one in repositories]


def state_file(data: Path, source: str) -> Path:
    """Where reconciling of a source keeps where it was."""
    return data / f"reconcile-{source}.json"


def exact_repositories(config: Config) -> list[str]:
    """The repositories of the catalog that are named without a glob."""
    named = [name for service in config.services for name in service.repositories]
    named += [claim.repository for service in config.services for claim in service.paths]
    return sorted({name for name in named if not set(name) & set("*?[")})


def known(client: Client, facts: Sequence[Fact]) -> set[str]:
    """The ids of those facts that are stored, whatever time they were told with: an attempt of a run that ended, and a
    change that is open, closed or merged. A vendor's API need not tell the second that its hook told."""
    found: set[str] = set()
    for repository in {fact.origin.repository for fact in facts}:
        mine = [fact for fact in facts if fact.origin.repository == repository]
        runs = [fact for fact in mine if isinstance(fact, RunUpdated)]
        changes = [fact for fact in mine if isinstance(fact, ChangeUpdated)]
        rows = _asked(client, _RUNS, repository, [run.run for run in runs])
        found |= {run.id for run in runs if (run.run, run.attempt) in rows}
        rows = _asked(client, _CHANGES, repository, [change.change for change in changes])
        found |= {change.id for change in changes if (change.change, change.state) in rows}
    return found


def _asked(client: Client, query: str, repository: str | None, numbers: Sequence[str]) -> set[tuple[str, str | int]]:
    if not numbers:
        return set()
    return set(client.execute(query, {"repository": repository or "", "numbers": sorted(set(numbers))}))
