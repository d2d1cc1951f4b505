"""The Notification plugin: a build after each of its phases. Pure. https://plugins.jenkins.io/notification/"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from producers.payload import Payload
from producers.sources.jenkins.job import LONGEST_BUILD_MS, ONLY_ATTEMPT, Checkout, Job, counts, job_at, outcome_in
from producers.vendor import Told
from schemas.events import Event, RunUpdated, State, TestsReported

_STATES: Mapping[str, State] = {
    "QUEUED": "queued",
    "STARTED": "started",
    "COMPLETED": "finished",
    "FINALIZED": "finished",
}


def build(told: Told) -> list[Event]:
    """A build that was queued, has started or ended; its tests are counted once, when it is final."""
    found, state = told.payload.part("build"), _STATES[told.event]
    job, number = _job(told.payload, found), found.id("number")
    frame = _frame(told, "RunUpdated", job, state)
    events: list[Event] = [
        RunUpdated(
            **frame,
            links=job.links(number),
            run=job.run(number),
            attempt=ONLY_ATTEMPT,
            pipeline=job.pipeline,
            state=state,
            outcome=outcome_in(found, "status") if state == "finished" else None,
            branch=job.checkout.branch,
            **_moments(found, told.event),
        )
    ]
    tests = found.optional_part("test_summary")
    if tests is not None and told.event == "FINALIZED":
        events.append(_tests(told, job, number, tests))
    return events


def _tests(told: Told, job: Job, number: str, tests: Payload) -> TestsReported:
    return TestsReported(
        **_frame(told, "TestsReported", job, "finished"),
        links=job.links(number),
        report=job.run(number),
        name=job.pipeline,
        **counts(tests.number("total"), tests.number("failed", 0), tests.number("skipped", 0)),
    )


def _job(document: Payload, found: Payload) -> Job:
    scm = found.optional_part("scm")
    checkout = Checkout()
    if scm is not None:
        checkout = Checkout(scm.optional_text("url"), scm.optional_text("branch"), scm.optional_text("commit"))
    return job_at(document.text("url"), checkout, multibranch=None)


def _frame(told: Told, type_: str, job: Job, state: State) -> dict[str, Any]:
    """The fields that every event has; the job's page is what they come from."""
    found = told.payload.part("build")
    url, number, at = found.optional_text("full_url"), found.id("number"), _at(found)
    page = url.removesuffix("/").removesuffix(f"/{number}") if url else told.payload.text("url")
    # An old plugin tells no time.
    return {**told.frame(type_, page, job.origin, f"{job.run(number)}/{told.event}", state, at), "url": url}


def _at(found: Payload) -> datetime | None:
    """The time of the phase; 0 is Jenkins' word for a time in the queue that it does not know."""
    return found.milliseconds("timestamp") if found.value.get("timestamp") not in (None, 0) else None


def _moments(found: Payload, phase: str) -> dict[str, Any]:
    """The times that a phase tells. An ended build tells its begin by its duration too, for only then it may be known
    which repository it belongs to; FINALIZED comes a moment after the end."""
    at = _at(found)
    if phase in ("QUEUED", "STARTED"):
        return {f"{_STATES[phase]}_at": at}
    duration = found.number("duration", 0)
    if not 0 <= duration <= LONGEST_BUILD_MS:
        raise found.unfit("duration", "a duration in milliseconds")
    return {"started_at": at - timedelta(milliseconds=duration) if at and duration else None, "finished_at": at}
