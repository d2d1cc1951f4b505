"""Builds that ended. Pure."""

import re

from producers.payload import Payload
from producers.sources.azure_devops.context import Context, branch_of, repository_at
from producers.sources.azure_devops.made_of import Code, outcome_of, page_of_part, requester_of
from schemas.events import Event, Origin, RunUpdated

_VERSION = re.compile(r"\ALG:(.+):([0-9a-f]{40})\Z")


def build(context: Context) -> list[Event]:
    """A build that ended, in either of its versions: 1.0 has the result for a status, and commit and ref in one."""
    found = context.resource
    status = found.text("status")
    name = "result" if status == "completed" else "status"
    code, trigger = _code_of_build(found), found.optional_part("triggerInfo")
    run, finished_at = found.id("id"), found.optional_moment("finishTime") or context.at
    return [
        RunUpdated(
            # The run's own event tells less, and may bear the same time.
            **context.frame("RunUpdated", code.origin, run, "finished", finished_at, 1, mark="/build"),
            actor=requester_of(found),
            url=page_of_part(found) or found.optional_text("url"),
            links=code.links(
                run, *(trigger.optional_text(key) for key in ("ci.message", "pr.title")) if trigger else ()
            ),
            run=run,
            attempt=1,
            pipeline=found.part("definition").text("name"),
            state="finished",
            outcome=outcome_of(found, name),
            branch=branch_of(code.ref),
            queued_at=found.optional_moment("queueTime"),
            started_at=found.optional_moment("startTime"),
            finished_at=finished_at,
        )
    ]


def _code_of_build(build: Payload) -> Code:
    ref, sha = build.optional_text("sourceBranch"), build.optional_text("sourceVersion")
    version = _VERSION.match(build.optional_text("sourceGetVersion") or "")
    if version:
        ref, sha = version[1], version[2]
    repository, project = build.optional_part("repository"), build.optional_part("project")
    name = None
    if repository and repository.optional_text("type") == "TfsGit" and project and repository.optional_text("name"):
        name = f"{project.text('name')}/{repository.text('name')}"
    elif repository and repository.optional_text("url"):
        name = repository_at(repository.text("url"))
    return Code(Origin(repository=name) if name else Origin(project=build.part("definition").text("name")), ref, sha)
