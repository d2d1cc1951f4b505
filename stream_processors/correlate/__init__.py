"""Correlate: one service's events joined into facts, and what metrics observe of them. Pure.

Merges are commutative and idempotent: whatever the order, and however often an event comes, the last word on every
observation is the same.
"""

from datetime import datetime

from schemas.events import (
    STEPS,
    ArtifactPublished,
    ChangeCommented,
    ChangeUpdated,
    CommitsPushed,
    DeploymentUpdated,
    EnvironmentUpdated,
    Event,
    FindingsReported,
    GateEvaluated,
    IncidentUpdated,
    ReviewSubmitted,
    RunUpdated,
    TaskUpdated,
    TestsReported,
    TicketUpdated,
)
from schemas.observations import Observation
from stream_processors.correlate import changes, commits, deployments, gates, runs
from stream_processors.correlate.ledger import HORIZON_MS, Ledger, Rules
from stream_processors.correlate.records import ms_of
from stream_processors.correlate.speak import speak

Unjoined = TicketUpdated | TestsReported | FindingsReported | ArtifactPublished | EnvironmentUpdated | IncidentUpdated
"""Events that are stored and shown, and that no metric reads yet."""
Joined = (
    CommitsPushed
    | ChangeUpdated
    | ReviewSubmitted
    | ChangeCommented
    | RunUpdated
    | TaskUpdated
    | GateEvaluated
    | DeploymentUpdated
)


def correlate(event: Event, ledger: Ledger, rules: Rules) -> list[Observation]:
    """What `event` makes known, after the records of `ledger` took it in (the caller flushes them)."""
    if isinstance(event, Unjoined) or _is_step(event):
        return []
    repository = _repository(event)
    match event:
        case RunUpdated() | TaskUpdated():
            if isinstance(event, RunUpdated):
                runs.record_run(event, repository, ledger)
            else:
                runs.record_task(event, repository, ledger)
            return speak(
                "run", runs.view(repository, event.run, ledger), ledger.run(repository, event.run).said, ledger
            )
        case GateEvaluated():
            gates.record_gate(event, repository, ledger)
            said = ledger.gate(repository, event.sha, event.gate).said
            spoken = speak("gate", [gates.view(repository, event.sha, event.gate, ledger)], said, ledger)
            gates.forget_evaluations(event, repository, ledger)
            return spoken
        case _:
            touched = sorted(_changes_touched(event, repository, ledger, rules))
            return [one for number in touched for one in _speak_of_change(repository, number, ledger)]


def _is_step(event: Event) -> bool:
    """A step is no job: an attempt that ended before its last step would seem to have repeated only a part."""
    return isinstance(event, TaskUpdated) and event.source == STEPS


def is_too_late(event: Event, ledger: Ledger) -> bool:
    """Whether the event's subject was created beyond the horizon and nothing is kept of it.

    Imports and rebuilds bring old subjects on purpose.
    """
    if isinstance(event, Unjoined):
        return False
    age = ledger.arrived_ms - ms_of(_created(event))
    return age > HORIZON_MS and not event.history and not _knows_subject(event, ledger)


def _knows_subject(event: Joined, ledger: Ledger) -> bool:
    repository = _repository(event)
    match event:
        case RunUpdated() | TaskUpdated():
            return ledger.knows("run", repository, event.run)
        case ChangeUpdated() | ReviewSubmitted() | ChangeCommented():
            return ledger.knows("change", repository, event.change)
        case GateEvaluated():
            return ledger.knows("gate", repository, event.sha, event.gate)
        case DeploymentUpdated():
            return event.sha is not None and ledger.knows("commit", repository, event.sha)
        case CommitsPushed():
            return ledger.knows("commit", repository, event.after)


def _repository(event: Event) -> str:
    return event.origin.repository or event.origin.project or event.origin.app or event.source


def _created(event: Event) -> datetime:
    match event:
        case ChangeUpdated() | DeploymentUpdated():
            return event.created_at or event.occurred_at
        case RunUpdated() | TaskUpdated():
            return event.queued_at or event.started_at or event.occurred_at
        case _:
            return event.occurred_at


def _changes_touched(
    event: CommitsPushed | ChangeUpdated | ReviewSubmitted | ChangeCommented | DeploymentUpdated,
    repository: str,
    ledger: Ledger,
    rules: Rules,
) -> set[str]:
    match event:
        case CommitsPushed():
            return commits.record_push(event, repository, ledger, rules)
        case ChangeUpdated():
            return changes.record_change(event, repository, ledger)
        case ReviewSubmitted() | ChangeCommented():
            changes.record_interaction(event, repository, ledger)
            return {event.change}
        case DeploymentUpdated():
            return deployments.record_deployment(event, repository, ledger, rules)


def _speak_of_change(repository: str, number: str, ledger: Ledger) -> list[Observation]:
    said = ledger.change(repository, number).said
    return speak("change", [changes.view(repository, number, ledger)], said, ledger)
