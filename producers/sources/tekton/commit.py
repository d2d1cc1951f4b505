"""What a run tells of the commit that it is for. Pure.

Tekton itself knows no repository. Pipelines as Code writes it to annotations, and Tekton Chains has names for
parameters and results that tell it. https://pipelinesascode.com https://tekton.dev/docs/chains/slsa-provenance/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from producers.actors import actor_named
from producers.addresses import commit_in, repository_at
from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.tekton.resource import Resource
from schemas.events import Actor, Links

_CODE = "pipelinesascode.tekton.dev/"
_REFERENCE = re.compile(r"\Arefs/(?:heads|tags)/")
_RESULTS = ("results", "taskResults", "pipelineResults")  # the last two up to v1beta1


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit of a run, as far as it is told; `title` is the first line of its message."""

    repository: str | None
    sha: str | None
    branch: str | None
    change: str | None
    title: str | None
    actor: Actor | None

    def links(self, run: str) -> Links:
        """What the run can be joined to."""
        return Links(tickets=tickets_in(self.branch, self.title), sha=self.sha, change=self.change, run=run)


def commit_of(resource: Resource) -> Commit:
    """The commit that a run is for."""
    hints = dict(_hints(resource))
    address = resource.note(_CODE + "repo-url") or hints.get("CHAINS-GIT_URL") or ""
    sha = resource.note(_CODE + "sha") or resource.label(_CODE + "sha") or hints.get("CHAINS-GIT_COMMIT") or ""
    branch = resource.note(_CODE + "source-branch") or resource.note(_CODE + "branch")
    return Commit(
        repository=repository_at(address),
        sha=commit_in(sha),
        branch=_REFERENCE.sub("", branch) if branch else None,
        change=resource.note(_CODE + "pull-request") or resource.label(_CODE + "pull-request"),
        title=resource.note(_CODE + "sha-title"),
        actor=actor_named(resource.note(_CODE + "sender")),
    )


def page_of(resource: Resource) -> str | None:
    """The run's page in the console that Pipelines as Code is told of."""
    return resource.note(_CODE + "log-url")


def _hints(resource: Resource) -> Iterator[tuple[str, str]]:
    """The parameters and results that Chains reads."""
    spec = resource.value.optional_part("spec")
    told: list[Payload] = list(spec.parts("params")) if spec else []
    if resource.status is not None:
        told += [one for name in _RESULTS for one in resource.status.parts(name)]
    for one in told:
        name, value = one.value.get("name"), one.value.get("value")
        if isinstance(name, str) and name.startswith("CHAINS-GIT_") and isinstance(value, str):
            yield name, value
