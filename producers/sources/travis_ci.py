"""Travis CI's webhooks. https://docs.travis-ci.com/user/notifications/#configure-webhook-notifications"""

from collections.abc import Mapping
from typing import Any

from producers.naming import OnlyEvent
from producers.payload import Payload
from producers.proof import Credential
from producers.references import subject_of, tickets_in
from producers.vendor import Told, Vendor
from schemas.events import Event, Links, Origin, Outcome, RunUpdated, State, TaskUpdated

_ONLY_ATTEMPT = 1  # a build that is restarted keeps its id, and its attempts are not counted
_STATES: Mapping[str, State] = {
    "pending": "queued",
    "created": "queued",
    "queued": "queued",
    "received": "queued",
    "started": "started",
}
_OUTCOMES: Mapping[str, Outcome] = {
    "passed": "success",
    "fixed": "success",
    "failed": "failure",
    "broken": "failure",
    "still failing": "failure",
    "errored": "error",
    "canceled": "cancelled",
}


def build(told: Told) -> list[Event]:
    """A build as far as it has come, and its jobs where it has ended."""
    found = told.payload
    run, moments = found.id("id"), _progress(found)
    shared: dict[str, Any] = {"url": found.optional_text("build_url"), "links": _links(found, run)}
    events: list[Event] = [
        RunUpdated(
            **_frame(told, "RunUpdated", run, moments),
            **shared,
            run=run,
            attempt=_ONLY_ATTEMPT,
            pipeline="travis-ci",  # a repository has one
            branch=None if _change(found) else found.optional_text("branch"),  # a change's is the one it goes to
            **moments,
        )
    ]
    if moments["state"] == "finished":
        for job in found.parts("matrix"):
            ended = _progress(job)
            task = TaskUpdated(
                **_frame(told, "TaskUpdated", job.id("id"), ended),
                **shared,
                run=run,
                attempt=_ONLY_ATTEMPT,
                task=job.id("id"),
                name=_name(job),
                **ended,
            )
            events.append(task)
    return events


def _frame(told: Told, type_: str, id_: str, moments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that every event has. A build that has not begun tells no time."""
    repository, url = told.payload.part("repository"), told.payload.text("build_url")
    origin = Origin(repository=f"{repository.text('owner_name')}/{repository.text('name')}")
    state = moments["outcome"] or moments["state"]
    at = moments["finished_at"] or moments["started_at"]
    return told.frame(type_, url.partition("/builds/")[0], origin, id_, state, at)


def _progress(found: Payload) -> dict[str, Any]:
    """State, outcome and times of a build or job. One that may fail and did was neither a success nor a failure."""
    word = (found.optional_text("status_message") or found.text("state")).lower()
    outcome = _OUTCOMES.get(word)
    if outcome is None and word == "pending":  # as a build that begins is called, whether or not it runs
        word = found.optional_text("state") or word
    state = "finished" if outcome else _STATES.get(word)
    if state is None:
        raise found.unfit("state", "a state of a build that we know")
    if outcome == "failure" and found.flag("allow_failure"):
        outcome = "neutral"
    return {
        "state": state,
        "outcome": outcome,
        "started_at": found.optional_moment("started_at") if state != "queued" else None,
        "finished_at": found.optional_moment("finished_at") if state == "finished" else None,
    }


def _links(found: Payload, run: str) -> Links:
    """What a build can be joined to; the commit of a change is its last one, not the trial merge that is built."""
    change, branch = _change(found), found.optional_text("branch")
    subject = subject_of(found.optional_text("message") or "")
    tickets = tickets_in(None if change else branch, found.optional_text("pull_request_title"), subject)
    sha = found.optional_text("head_commit") if change else None
    return Links(tickets=tickets, sha=sha or found.optional_text("commit"), change=change, run=run)


def _change(found: Payload) -> str | None:
    return found.id("pull_request_number") if found.value.get("pull_request") is True else None


def _name(job: Payload) -> str:
    """What a job is called in .travis.yml, else its place in the build: 2 for 5765.2."""
    config = job.optional_part("config")
    told = config.optional_text("name") if config and isinstance(config.value.get("name"), str) else None
    return told or f"job {job.text('number').rpartition('.')[2]}"


SOURCE = Vendor(
    name="travis-ci",
    title="Travis CI",
    page="https://docs.travis-ci.com/user/notifications/#configure-webhook-notifications",
    setup="""\
`travis encrypt {url}/SECRET --add notifications.webhooks.urls`, SECRET being the one of `sources.travis-ci` in \
pipegauge.yaml.
In .travis.yml, notifications, webhooks: `on_success: always`, `on_failure: always`, `on_start: always`, \
`on_cancel: always`, `on_error: always`.""",
    naming=OnlyEvent("build"),
    # The header Signature is made with a key of Travis CI's own: it proves that they sent it, to whomever.
    proof=Credential(),
    mappings={"build": build},
    ignored={},
    personal=("**.author_name", "**.author_email", "**.committer_name", "**.committer_email"),
)
