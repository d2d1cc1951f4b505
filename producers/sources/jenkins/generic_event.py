"""The Generic Event plugin: a build as Jenkins exports it. Pure. https://plugins.jenkins.io/generic-event/

`data` is what Jenkins' own remote API says of a build, so what git, tests and causes tell is in its `actions`.
"""

from datetime import timedelta

from producers.payload import Payload
from producers.sources.jenkins.job import LONGEST_BUILD_MS, ONLY_ATTEMPT, Checkout, Job, counts, job_at, outcome_in
from producers.vendor import Told
from schemas.events import Actor, Event, RunUpdated, State, TestsReported


def started(told: Told) -> list[Event]:
    """A build that has started; how long it waited is not told."""
    return [_run(told, finished=False)]


def finished(told: Told) -> list[Event]:
    """A build that has ended, told twice: completed, and finalized. It is one fact, with one id."""
    events: list[Event] = [_run(told, finished=True)]
    data = told.payload.part("data")
    run = events[0]
    for action in data.parts("actions"):
        if action.value.get("urlName") == "testReport" and action.number("totalCount", 0):
            job, number = _job(told, data), data.id("number")
            frame = told.frame("TestsReported", run.source, job.origin, job.run(number), "finished", run.occurred_at)
            total, failed = action.number("totalCount"), action.number("failCount", 0)
            events.append(
                TestsReported(
                    **frame,
                    links=run.links,
                    report=job.run(number),
                    name=job.pipeline,
                    **counts(total, failed, action.number("skipCount", 0)),
                )
            )
            break
    return events


def _run(told: Told, finished: bool) -> RunUpdated:
    data = told.payload.part("data")
    job, number, started_at = _job(told, data), data.id("number"), data.milliseconds("timestamp")
    duration = data.number("duration") if finished else 0
    if not 0 <= duration <= LONGEST_BUILD_MS:
        raise data.unfit("duration", "a duration in milliseconds")
    at = started_at + timedelta(milliseconds=duration)
    state: State = "finished" if finished else "started"
    subjects = [item.optional_text("msg") for changes in data.parts("changeSets") for item in changes.parts("items")]
    return RunUpdated(
        **told.frame("RunUpdated", told.payload.text("source"), job.origin, job.run(number), state, at),
        actor=_actor(data),
        links=job.links(number, *subjects),
        run=job.run(number),
        attempt=ONLY_ATTEMPT,
        pipeline=job.pipeline,
        state=state,
        outcome=outcome_in(data, "result") if finished else None,
        branch=job.checkout.branch,
        started_at=started_at,
        finished_at=at if finished else None,
    )


def _job(told: Told, data: Payload) -> Job:
    return job_at(told.payload.text("source"), _checkout(data), multibranch=data.flag("_multiBranch"))


def _checkout(data: Payload) -> Checkout:
    """What git checked out. Shared libraries are checked out too: where there are several, nothing tells them apart."""
    found: dict[str | None, Checkout] = {}
    for action in data.parts("actions"):
        revision = action.optional_part("lastBuiltRevision")
        if revision is not None:
            address = next(iter(action.texts("remoteUrls")), None)
            branch = next(revision.parts("branch"), None)
            name = branch.optional_text("name") if branch else None
            sha = revision.optional_text("SHA1")
            found[address] = Checkout(address, name if name != "detached" else None, sha)
    return next(iter(found.values())) if len(found) == 1 else Checkout()


def _actor(data: Payload) -> Actor | None:
    """Who started the build; None where a timer, a push or another build did."""
    for action in data.parts("actions"):
        for cause in action.parts("causes"):
            user = cause.optional_text("userId")
            if user:
                return Actor(id=user)
    return None
