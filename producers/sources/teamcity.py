"""TeamCity's own webhooks: builds as in its REST API. https://www.jetbrains.com/help/teamcity/rest/build.html"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.actors import actor_named
from producers.addresses import commit_in, repository_at
from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Credential
from producers.references import change_of, tickets_in
from producers.vendor import Told, Vendor, because
from schemas.events import Actor, Event, Links, Origin, Outcome, RunUpdated, State, TestsReported

_ONLY_ATTEMPT = 1  # a build that is run again is another build
_OUTCOMES: Mapping[str, Outcome] = {"SUCCESS": "success", "FAILURE": "failure", "ERROR": "error"}
_DEFAULT = "<default>"


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a build has come, and when it came there."""

    state: State
    outcome: Outcome | None
    at: datetime


def build(told: Told) -> list[Event]:
    """A build as far as it has come, and once it has ended its tests."""
    found = told.payload.part("payload")
    run, kind, progress = found.id("id"), found.part("buildType"), _progress(told.event, found)
    revision = _only_revision(found)
    branch = _branch(found, revision)
    name = _root_name(revision)
    repository = repository_at(name) if "://" in name or name.startswith("git@") else None
    origin = Origin(repository=repository, project=kind.text("projectId"))
    sha = commit_in(revision.optional_text("version") or "") if revision else None
    shared: dict[str, Any] = {
        "actor": _actor(found),
        "url": found.optional_text("webUrl"),
        "links": Links(tickets=tickets_in(branch), sha=sha, change=change_of(branch), run=run),
    }
    page = kind.text("webUrl").partition("?mode=")[0]
    state = progress.outcome or progress.state
    events: list[Event] = [
        RunUpdated(
            **told.frame("RunUpdated", page, origin, run, state, progress.at),
            **shared,
            run=run,
            attempt=_ONLY_ATTEMPT,
            pipeline=found.text("buildTypeId"),
            state=progress.state,
            outcome=progress.outcome,
            branch=branch,
            queued_at=found.optional_moment("queuedDate"),
            started_at=found.optional_moment("startDate"),
            finished_at=progress.at if progress.state == "finished" else None,
        )
    ]
    tests = found.optional_part("testOccurrences")
    if progress.state == "finished" and tests is not None and tests.number("count", 0) > 0:
        frame = told.frame("TestsReported", page, origin, run, state, progress.at)
        counts = _counts(tests)
        events.append(TestsReported(**frame, **shared, report=run, name=found.text("buildTypeId"), **counts))
    return events


def _progress(event: str, found: Payload) -> _Progress:
    """A build that was cancelled is not called finished, but says who stopped it."""
    cancelled = found.optional_part("canceledInfo")
    if cancelled is not None or event == "BUILD_INTERRUPTED":
        return _Progress("finished", "cancelled", (cancelled or found.part("canceledInfo")).moment("timestamp"))
    state = found.text("state")
    if state == "running":
        return _Progress("started", None, found.moment("startDate"))
    if state != "finished":
        raise found.unfit("state", "running or finished")
    outcome: Outcome | None = "error" if found.flag("failedToStart") else _OUTCOMES.get(found.text("status"))
    if outcome is None:
        raise found.unfit("status", "SUCCESS, FAILURE or ERROR")
    return _Progress("finished", outcome, found.moment("finishDate"))


def _only_revision(found: Payload) -> Payload | None:
    """The revision that was built; None where there are several roots, and so several commits."""
    revisions = found.optional_part("revisions")
    built = list(revisions.parts("revision")) if revisions else []
    return built[0] if len(built) == 1 else None


def _root_name(revision: Payload | None) -> str:
    """The name of the root, which is the repository's address unless somebody gave it another."""
    root = revision.optional_part("vcs-root-instance") if revision else None
    return (root.optional_text("name") or "") if root else ""


def _branch(found: Payload, revision: Payload | None) -> str | None:
    """The branch as git calls it, else as TeamCity does."""
    named = found.optional_text("branchName")
    branch = (revision.optional_text("vcsBranchName") if revision else None) or named
    return branch.removeprefix("refs/heads/") or None if branch and branch != _DEFAULT else None


def _actor(found: Payload) -> Actor | None:
    """Who started the build; None where a push or a schedule did."""
    triggered = found.optional_part("triggered")
    user = triggered.optional_part("user") if triggered else None
    return actor_named(user.optional_text("username") if user else None)


def _counts(tests: Payload) -> dict[str, Any]:
    """The fields of a report of tests. A muted failure counts for nothing, as does an ignored test."""
    total, passed, failed = tests.number("count"), tests.number("passed", 0), tests.number("failed", 0)
    outcome = "failure" if failed else "success"
    skipped = max(total - passed - failed, 0)
    return {"total": total, "passed": passed, "failed": failed, "skipped": skipped, "outcome": outcome}


SOURCE = Vendor(
    name="teamcity",
    title="TeamCity",
    page="https://www.jetbrains.com/help/teamcity/teamcity-webhooks.html",
    setup="""\
Administration, <Root project>, Parameters: `teamcity.internal.webhooks.enable` true, `teamcity.internal.webhooks.url` \
{url}, `teamcity.internal.webhooks.username` pipegauge, `teamcity.internal.webhooks.password` the secret of \
`sources.teamcity` in pipegauge.yaml, `teamcity.internal.webhooks.retry_count` 5.
`teamcity.internal.webhooks.events`: BUILD_STARTED;BUILD_FINISHED;BUILD_INTERRUPTED. Leave the fields of the payloads \
as they are.""",
    naming=EventField("eventType"),
    proof=Credential(),
    mappings=dict.fromkeys(("BUILD_STARTED", "BUILD_FINISHED", "BUILD_INTERRUPTED"), build),
    ignored=because(
        {
            "BUILD_STARTED follows, and tells when it was queued": ["BUILD_TYPE_ADDED_TO_QUEUE", "CHANGES_LOADED"],
            "whether it was started or thrown away is not told": ["BUILD_REMOVED_FROM_QUEUE"],
            "how the build ends tells it": ["BUILD_PROBLEMS_CHANGED", "FAILURE_DETECTED", "MARKED_AS_SUCCESSFUL"],
            "machines, not what runs on them": ["AGENT_REGISTRED", "AGENT_UNREGISTERED", "AGENT_REMOVED"],
        }
    ),
    personal=("**.username", "**.email", "**.user.name"),
)
