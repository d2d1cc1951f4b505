"""Build statuses of commits: their gates. Pure."""

import re
from collections.abc import Mapping

from producers.payload import Payload
from producers.references import subject_of, tickets_in
from producers.sources.bitbucket_cloud.context import Context, actor_of
from schemas.events import Event, GateEvaluated, GateOutcome, Links

_STATES: Mapping[str, GateOutcome] = {
    "INPROGRESS": "pending",
    "SUCCESSFUL": "passed",
    "FAILED": "failed",
    "STOPPED": "cancelled",
}
_COMMIT = re.compile(r"/commit/([0-9a-f]{7,40})\Z")


def commit_status(context: Context) -> list[Event]:
    """A build of a commit, as it stands. Its key names the gate: the name of a status often has the build's number."""
    status = context.payload.part("commit_status")
    outcome = _STATES.get(status.text("state"))
    if outcome is None:
        raise status.unfit("state", "a state that we know")
    commit, gate, url = status.optional_part("commit"), status.text("key"), status.optional_text("url")
    sha, at = commit.text("hash") if commit else _commit_at(status), status.moment("updated_on")
    subject = subject_of((commit.optional_text("message") if commit else None) or "")
    evaluation = url or gate  # the page of the build: another run of it has another one
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", f"{sha}/{gate}/{evaluation}", outcome, at),
            actor=actor_of(context.payload.optional_part("actor")),
            url=url,
            links=Links(tickets=tickets_in(status.optional_text("refname"), subject), sha=sha),
            gate=gate,
            evaluation=evaluation,
            outcome=outcome,
            sha=sha,
            started_at=status.optional_moment("created_on"),
            finished_at=at if outcome != "pending" else None,
        )
    ]


def _commit_at(status: Payload) -> str:
    """The commit as the address of a status that tells no more has it."""
    link = status.part("links").part("commit")
    match = _COMMIT.search(link.text("href"))
    if match is None:
        raise link.unfit("href", "the address of a commit")
    return match[1]
