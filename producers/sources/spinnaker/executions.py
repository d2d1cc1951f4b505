"""Executions of pipelines, and what they share with their stages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from producers.addresses import commit_in
from producers.payload import Payload
from producers.references import tickets_in
from producers.vendor import Told
from schemas.events import Actor, Event, Links, Origin, Outcome, RunUpdated

OUTCOMES: Mapping[str, Outcome] = {
    "SUCCEEDED": "success",
    "FAILED_CONTINUE": "neutral",  # it was allowed to fail
    "TERMINAL": "failure",
    "STOPPED": "failure",  # it ended its branch, and lets the others go on
    "CANCELED": "cancelled",
    "SKIPPED": "skipped",
}


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution, and what its trigger tells of the code: only one by git does so."""

    payload: Payload
    trigger: Payload

    @property
    def id(self) -> str:
        """Its id; a repeated one has another."""
        return self.payload.id("id")

    @property
    def source(self) -> str:
        """The application in which it ran, as a URI."""
        return f"/applications/{self.payload.text('application')}"

    @property
    def origin(self) -> Origin:
        """The application and, where git triggered it, the repository."""
        project, slug = self.trigger.optional_text("project"), self.trigger.optional_text("slug")
        repository = f"{project}/{slug}" if project and slug and self.sha else None
        return Origin(repository=repository, app=self.payload.text("application"))

    @property
    def sha(self) -> str | None:
        """The commit that triggered it."""
        return commit_in(self.trigger.optional_text("hash") or "")

    @property
    def branch(self) -> str | None:
        """The branch that triggered it."""
        return self.trigger.optional_text("branch")

    @property
    def actor(self) -> Actor | None:
        """Who started it by hand. Whom else it runs as may be an account of no person: it tells nothing."""
        user = self.trigger.optional_text("user") if self.trigger.optional_text("type") == "manual" else None
        return Actor(id=user) if user else None

    def links(self, deployment: str | None = None) -> Links:
        """What its events can be joined to."""
        return Links(tickets=tickets_in(self.branch), sha=self.sha, run=self.id, deployment=deployment)


def execution_of(told: Told) -> Execution | None:
    """The execution of an event; None for a dry run, which does nothing."""
    payload = told.payload.part("content").part("execution")
    trigger = payload.optional_part("trigger") or Payload({}, f"{payload.path}.trigger")
    return None if trigger.flag("dryRun") else Execution(payload, trigger)


def pipeline(told: Told) -> list[Event]:
    """A pipeline that starts or has ended."""
    found = execution_of(told)
    if found is None:
        return []
    run, ended = found.payload, told.event != "pipeline.starting"
    outcome = OUTCOMES.get(run.text("status")) if ended else None
    if ended and outcome is None:
        raise run.unfit("status", "a status that an execution ends with")
    queued_at = run.optional_milliseconds("buildTime")
    started_at = run.optional_milliseconds("startTime")
    at = run.milliseconds("endTime") if ended else started_at or run.milliseconds("buildTime")
    return [
        RunUpdated(
            **told.frame("RunUpdated", found.source, found.origin, found.id, told.event, at, attempt=1),
            actor=found.actor,
            links=found.links(),
            run=found.id,
            attempt=1,
            pipeline=run.optional_text("name"),
            state="finished" if ended else "started",
            outcome=outcome,
            branch=found.branch,
            queued_at=queued_at,
            started_at=started_at,
            finished_at=at if ended else None,
        )
    ]
