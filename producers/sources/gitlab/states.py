"""The states of pipelines and jobs, which are the same words. Pure."""

from collections.abc import Mapping

from producers.payload import Payload
from schemas.events import Outcome, State

_WAITING = frozenset(
    {"created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending", "manual", "scheduled"}
)
_RUNNING = frozenset({"running", "canceling"})
_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "skipped": "skipped",
}


def progress_of(subject: Payload, field: str) -> tuple[State, Outcome | None]:
    """State and outcome of a pipeline or job. One that waits for somebody to start it by hand is queued."""
    status = subject.text(field)
    if status in _WAITING:
        return "queued", None
    if status in _RUNNING:
        return "started", None
    outcome = _OUTCOMES.get(status)
    if outcome is None:
        raise subject.unfit(field, "a status that we know")
    return "finished", outcome
