"""Builds, pipeline runs, and their stages and jobs. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.azure_devops.context import Context, actor_of, branch_of, repository_at, time_in
from schemas.events import Actor, Event, Links, Origin, Outcome, RunUpdated, State, TaskUpdated

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
_RUNS: Mapping[str, State | None] = {"inProgress": "started", "canceling": None, "completed": "finished"}
_PARTS: Mapping[str, State | None] = {
    "notStarted": "queued",
    "waiting": "queued",
    "pending": "queued",
    "running": "started",
    "canceling": None,
    "completed": "finished",
}
_CHANGE = re.compile(r"\Arefs/pull/(\d{1,18})/merge\Z", re.ASCII)
_RUN_AT = re.compile(r"/runs/(\d+)\Z", re.ASCII)
_VERSION = re.compile(r"\ALG:(.+):([0-9a-f]{40})\Z")


@dataclass(frozen=True, slots=True)
class _Code:
    """What a run was made of; `origin` is its pipeline's name where nobody names the repository."""

    origin: Origin
    ref: str | None
    sha: str | None

    def links(self, run: str, *texts: str | None) -> Links:
        match = _CHANGE.match(self.ref or "")
        tickets = tickets_in(branch_of(self.ref), *texts)
        return Links(tickets=tickets, sha=self.sha, change=match[1] if match else None, run=run)


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
            actor=_requester(found),
            url=_page(found) or found.optional_text("url"),
            links=code.links(
                run, *(trigger.optional_text(key) for key in ("ci.message", "pr.title")) if trigger else ()
            ),
            run=run,
            attempt=1,
            pipeline=found.part("definition").text("name"),
            state="finished",
            outcome=_outcome(found, name),
            branch=branch_of(code.ref),
            queued_at=found.optional_moment("queueTime"),
            started_at=found.optional_moment("startTime"),
            finished_at=finished_at,
        )
    ]


def run_state(context: Context) -> list[Event]:
    """A run that began or ended. A stage that is tried again makes it begin again: an attempt of the same run."""
    run = context.resource.part("run")
    state = _state(run, _RUNS)
    if state is None:  # it is being cancelled: what comes of it is told when it ends
        return []
    id_, code = _run_id(context, run), _code_of(context, run)
    attempt = max((stage.number("attempt", default=1) for stage in context.resource.parts("stages")), default=1)
    finished_at = (time_in(run, "finishedDate") or context.at) if state == "finished" else None
    return [
        RunUpdated(
            **context.frame("RunUpdated", code.origin, id_, state, finished_at or context.at, attempt),
            actor=_requester(context.resource),
            url=_page(run),
            links=code.links(id_),
            run=id_,
            attempt=attempt,
            pipeline=_pipeline(context, run),
            state=state,
            outcome=_outcome(run, "result") if finished_at else None,
            branch=branch_of(code.ref),
            queued_at=time_in(run, "createdDate") if attempt == 1 else None,
            started_at=context.at if state == "started" else None,
            finished_at=finished_at,
        )
    ]


def stage_state(context: Context) -> list[Event]:
    """A stage of a run."""
    stage = context.resource.part("stage")
    return _task(context, stage, stage.text("name"), stage)


def job_state(context: Context) -> list[Event]:
    """A job of a stage; its name is unique in its stage only."""
    job, stage = context.resource.part("job"), context.resource.part("stage")
    return _task(context, job, f"{stage.text('name')}/{job.text('name')}", stage)


def _task(context: Context, part: Payload, name: str, stage: Payload) -> list[Event]:
    run, state = context.resource.part("run"), _state(part, _PARTS)
    if state is None:
        return []
    run_id, task, code = _run_id(context, run), part.id("id"), _code_of(context, run)
    attempt = part.number("attempt", default=stage.number("attempt", default=1))
    at = time_in(part, {"finished": "finishTime", "started": "startTime"}.get(state, "")) or context.at
    return [
        TaskUpdated(
            # The same stage of the same pipeline has one id in every run.
            **context.frame("TaskUpdated", code.origin, f"{run_id}/{task}", state, at, attempt),
            url=_page(part),
            links=code.links(run_id),
            run=run_id,
            attempt=attempt,
            task=task,
            name=name,
            state=state,
            outcome=_outcome(part, "result") if state == "finished" else None,
            started_at=time_in(part, "startTime"),
            finished_at=at if state == "finished" else None,
        )
    ]


def _code_of_build(build: Payload) -> _Code:
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
    return _Code(Origin(repository=name) if name else Origin(project=build.part("definition").text("name")), ref, sha)


def _code_of(context: Context, run: Payload) -> _Code:
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
    return _Code(Origin(repository=name) if name else Origin(project=_pipeline(context, run)), ref, sha)


def _state(part: Payload, states: Mapping[str, State | None]) -> State | None:
    word = part.text("state")
    if word not in states:
        raise part.unfit("state", "a state that we know")
    return states[word]


def _outcome(part: Payload, name: str) -> Outcome:
    outcome = _OUTCOMES.get(part.text(name))
    if outcome is None:
        raise part.unfit(name, "a result that we know")
    return outcome


def _run_id(context: Context, run: Payload) -> str:
    """A run's number, which is that of its build; older notifications have it in the run's address only."""
    if run.value.get("id") is None and context.resource.value.get("runId") is not None:
        return context.resource.id("runId")
    number = _RUN_AT.search(run.optional_text("url") or "") if run.value.get("id") is None else None
    return number[1] if number else run.id("id")


def _pipeline(context: Context, run: Payload) -> str:
    return (context.resource.optional_part("pipeline") or run.part("pipeline")).text("name")


def _page(part: Payload) -> str | None:
    links = part.optional_part("_links")
    web = links.optional_part("web") if links else None
    return web.optional_text("href") if web else None


def _requester(part: Payload) -> Actor | None:
    """For whom it runs: a schedule or a push asks in somebody's name. Version 1.0 of a build lists the requests."""
    asked = part.optional_part("requestedFor") or part.optional_part("requestedBy")
    first = next(part.parts("requests"), None)
    return actor_of(asked or (first.optional_part("requestedFor") if first else None))
