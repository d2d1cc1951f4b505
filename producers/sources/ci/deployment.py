"""A wrapped step that deploys: Helm, Terraform, or whatever its environment is told of. Pure."""

from collections.abc import Mapping
from typing import Literal

from producers.references import tier_of
from producers.sources.ci.step import About
from schemas.events import DeploymentState, DeploymentUpdated, Outcome

_KINDS: Mapping[str, Literal["deploy", "rollback"]] = {"deploy": "deploy", "rollback": "rollback"}


def deployed(about: About, outcome: Outcome) -> list[DeploymentUpdated]:
    """The deployment that a step was; none where it was none."""
    said = about.payload.optional_part("deployment")
    if said is None:
        return []
    environment = said.text("environment")
    kind = _KINDS.get(said.optional_text("kind") or "deploy")
    if kind is None:
        raise said.unfit("kind", f"one of {', '.join(_KINDS)}")
    state: DeploymentState = (
        "succeeded" if outcome == "success" else "cancelled" if outcome == "cancelled" else "failed"
    )
    return [
        DeploymentUpdated(
            **about.frame("DeploymentUpdated", None, state),
            deployment=about.id,
            environment=environment,
            tier=tier_of(environment),
            sha=about.links.sha,
            state=state,
            kind=kind,
            created_at=about.started_at,
            finished_at=about.finished_at,
        )
    ]
