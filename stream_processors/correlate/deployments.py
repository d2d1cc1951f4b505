"""Deployments: which commits, and so which changes, each of them brought into production."""

from schemas.events import DeploymentUpdated
from stream_processors.correlate.commits import carry
from stream_processors.correlate.ledger import Ledger, Rules
from stream_processors.correlate.records import ms_of


def record_deployment(event: DeploymentUpdated, repository: str, ledger: Ledger, rules: Rules) -> set[str]:
    """Note a successful production deployment; the changes that must be looked at again.

    The first one known is the baseline: what it carries had been in production before, or not, nobody knows. When an
    earlier one comes to light, the changes of the former first are looked at again.
    """
    if event.state != "succeeded" or not rules.is_production(ledger.service, event.environment, event.tier):
        return set()
    mark: list[int | str] = [ms_of(event.finished_at or event.occurred_at), event.deployment, event.id]
    changes = carry(repository, [event.sha], mark, ledger)
    production = ledger.production(repository)
    former, former_sha = production.first, production.sha
    if former is None or mark < former:
        production.first, production.sha = mark, event.sha
        if former is not None:
            changes |= carry(repository, [former_sha], former, ledger)
    return changes
