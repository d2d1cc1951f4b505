"""How far a build or one of its stages has come. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from producers.payload import Payload
from schemas.events import Outcome, State

_STATES: Mapping[str, State] = {
    **dict.fromkeys(("pending", "waiting_on_dependencies", "blocked"), "queued"),
    **dict.fromkeys(("running", "started"), "started"),
}
_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "failure": "failure",
    "error": "error",
    "killed": "cancelled",
    "declined": "cancelled",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """The state in our words and in Drone's (`word`), since `at`, and the times on the way."""

    word: str
    state: State
    outcome: Outcome | None
    at: datetime
    queued_at: datetime
    started_at: datetime | None

    @property
    def finished_at(self) -> datetime | None:
        """When it ended, None while it runs."""
        return self.at if self.state == "finished" else None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a run or task."""
        return {
            "state": self.state,
            "outcome": self.outcome,
            "queued_at": self.queued_at,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
        }


def progress_of(found: Payload, end: str) -> Progress:
    """How far `found` has come, `end` the field with its end. Drone writes 0 for a time that has not come.

    A stage may be allowed to fail: such a failure was neither that nor a success.
    """
    word = found.text("status")
    outcome = _OUTCOMES.get(word)
    state = "finished" if outcome else _STATES.get(word)
    if state is None:
        raise found.unfit("status", "a status that we know")
    if outcome == "failure" and found.flag("errignore"):
        outcome = "neutral"
    queued_at = found.moment("created")
    started_at = found.moment("started") if state != "queued" and found.value.get("started") else None
    ended_at = found.moment(end) if state == "finished" and found.value.get(end) else None
    return Progress(word, state, outcome, ended_at or started_at or queued_at, queued_at, started_at)
