"""What builds, runs, stages and jobs share: what they were made of, how they ended, who asked for them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.azure_devops.context import Context, actor_of, branch_of, repository_at
from schemas.events import Actor, Links, Origin, Outcome

_OUTCOMES: Mapping[str, Outcome] = {
    "succeeded": "success",
    "partiallySucceeded": "success",  # what failed was allowed to
    "succeededWithIssues": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "stopped": "cancelled",
    "rejected": "cancelled",  # by a person or check that was asked for approval
    "skipped": "skipped",
    "abandoned": "error",  # its agent was lost
}
_CHANGE = re.compile(r"\Arefs/pull/(\d{1,18})/merge\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Code:
    """What a run was made of; `origin` is its pipeline's name where nobody names the repository."""

    origin: Origin
    ref: str | None
    sha: str | None

    def links(self, run: str, *texts: str | None) -> Links:
        """What the run can be joined to; its ref names the pull request that it is for."""
        match = _CHANGE.match(self.ref or "")
        tickets = tickets_in(branch_of(self.ref), *texts)
        return Links(tickets=tickets, sha=self.sha, change=match[1] if match else None, run=run)


def code_of(context: Context, run: Payload) -> Code:
    """What `self` is, the repository that the pipeline is written in."""
    listed = list(context.resource.parts("repositories"))
    own = next((one for one in listed if one.optional_text("alias") == "self"), listed[0] if listed else None)
    change = own.optional_part("change") if own else None
    name = repository_at(own.optional_text("url") or "") if own else None
    sha, ref = change.optional_text("version") if change else None, None
    resources = run.optional_part("resources")
    repositories = resources.optional_part("repositories") if resources else None
    found = repositories.optional_part("self") if repositories else None
    if found:
        repository = found.optional_part("repository")
        name = (repository.optional_text("fullName") if repository else None) or name
        sha, ref = found.optional_text("version") or sha, found.optional_text("refName")
    return Code(Origin(repository=name) if name else Origin(project=pipeline_of(context, run)), ref, sha)


def outcome_of(part: Payload, name: str) -> Outcome:
    """The outcome that the result `name` stands for."""
    outcome = _OUTCOMES.get(part.text(name))
    if outcome is None:
        raise part.unfit(name, "a result that we know")
    return outcome


def pipeline_of(context: Context, run: Payload) -> str:
    """The name of a run's pipeline."""
    return (context.resource.optional_part("pipeline") or run.part("pipeline")).text("name")


def page_of_part(part: Payload) -> str | None:
    """The address of a run, stage, job or build for people."""
    links = part.optional_part("_links")
    web = links.optional_part("web") if links else None
    return web.optional_text("href") if web else None


def requester_of(part: Payload) -> Actor | None:
    """For whom it runs: a schedule or a push asks in somebody's name. Version 1.0 of a build lists the requests."""
    asked = part.optional_part("requestedFor") or part.optional_part("requestedBy")
    first = next(part.parts("requests"), None)
    return actor_of(asked or (first.optional_part("requestedFor") if first else None))
