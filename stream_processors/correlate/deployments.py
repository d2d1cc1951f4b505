"""Deployments: which commits, and so which changes, each of them brought into production."""

from schemas.events import DeploymentUpdated
from stream_processors.correlate.commits import carry
from stream_processors.correlate.ledger import Ledger, Rules
from stream_processors.correlate.records import ms_of


def record_deployment(event: DeploymentUpdated, repository: str, ledger: Ledger, rules: Rules) -> set[str]:
    """Note a successful production deployment; the changes that must be looked at again.

    The first one known is the baseline: what it carries had been in production before, or not, nobody knows. When an
    earlier one comes to light, the changes of the former first are looked at again; also when that is repeated, for
    a crash may have come before what was seen then was published. One whose commit nobody tells carries nothing known.
    """
    if (
        event.sha is None
        or event.state != "succeeded"
        or not rules.is_production(ledger.service, event.environment, event.tier)
    ):
        return set()
    mark: list[int | str] = [ms_of(event.finished_at or event.occurred_at), event.deployment, event.id]
    changes = carry(repository, [event.sha], mark, ledger)
    production = ledger.production(repository)
    own = [*mark, event.sha]
    if own not in production.earliest:
        production.earliest = sorted([*production.earliest, own])[:2]
    if own == production.earliest[0] and len(production.earliest) > 1:
        *former, sha = production.earliest[1]
        changes |= carry(repository, [str(sha)], former, ledger)
    return changes


def is_baseline(mark: list[int | str], repository: str, ledger: Ledger) -> bool:
    """Whether the deployment of this mark is the first one known."""
    earliest = ledger.production(repository).earliest
    return bool(earliest) and earliest[0][:-1] == mark
