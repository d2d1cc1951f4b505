"""A run as Kubernetes keeps it: its metadata, how far it has come, and how it ended. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from producers.payload import Payload
from schemas.events import Outcome, State

# What a run may have failed of beside its own steps. Any other reason is an error, which Tekton names as it likes.
_FAILURES: Mapping[str, Outcome] = {
    "Failed": "failure",
    "FailureIgnored": "neutral",
    "Cancelled": "cancelled",
    "PipelineRunCancelled": "cancelled",
    "TaskRunCancelled": "cancelled",
    "PipelineRunTimeout": "timed_out",
    "TaskRunTimeout": "timed_out",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: `word` tells its state from others at that time, `at` is when it came to it."""

    word: str
    state: State
    outcome: Outcome | None
    at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Resource:
    """A PipelineRun or TaskRun."""

    value: Payload
    metadata: Payload
    status: Payload | None

    def label(self, name: str) -> str | None:
        """The label `name`."""
        labels = self.metadata.optional_part("labels")
        return labels.optional_text(name) if labels else None

    def note(self, name: str) -> str | None:
        """The annotation `name`."""
        annotations = self.metadata.optional_part("annotations")
        return annotations.optional_text(name) if annotations else None

    def retries(self) -> int:
        """How often a task was tried before."""
        return sum(1 for _ in self.status.parts("retriesStatus")) if self.status else 0

    def progress(self) -> Progress:
        """How far it has come by its condition `Succeeded`, which is not there before anybody took the run up.

        A condition that says no without an end is of something that may pass, such as a pod that finds no place.
        """
        queued_at, status = self.metadata.moment("creationTimestamp"), self.status
        found = status and next((one for one in status.parts("conditions") if one.text("type") == "Succeeded"), None)
        if status is None or found is None:
            return Progress("Queued", "queued", None, queued_at, queued_at, None, None)
        verdict, reason = found.text("status"), found.optional_text("reason") or ""
        started_at, finished_at = status.optional_moment("startTime"), status.optional_moment("completionTime")
        changed_at = found.optional_moment("lastTransitionTime") or started_at or queued_at
        word = f"{verdict}/{reason}"
        if verdict not in ("True", "False", "Unknown"):
            raise found.unfit("status", "True, False or Unknown")
        if verdict == "Unknown" or finished_at is None:
            state: State = "started" if started_at else "queued"
            return Progress(word, state, None, changed_at, queued_at, started_at, None)
        outcome = "success" if verdict == "True" else _FAILURES.get(reason, "error")
        return Progress(word, "finished", outcome, finished_at, queued_at, started_at, finished_at)


def resource_of(value: Payload) -> Resource:
    """The resource in an event. Raises Unmappable if it has no metadata."""
    return Resource(value, value.part("metadata"), value.optional_part("status"))
