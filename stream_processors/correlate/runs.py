"""Pipeline runs: the attempts of each, and which of them repeated only a part."""

from schemas.events import RunUpdated, TaskUpdated
from stream_processors.correlate.ledger import Ledger
from stream_processors.correlate.records import AttemptRecord, RunRecord, earliest, latest, ms_of, united
from stream_processors.correlate.said import subject_of
from stream_processors.facts import Fact, Run

MOST_ATTEMPTS = 50
MOST_JOBS = 200


def record_run(event: RunUpdated, repository: str, ledger: Ledger) -> None:
    """Note the state of one attempt of a run."""
    attempt = _attempt(ledger.run(repository, event.run), event.run, event.attempt)
    if event.pipeline is not None:
        attempt.pipeline = latest(attempt.pipeline, [ms_of(event.occurred_at), event.id, event.pipeline])
    if event.started_at is not None:
        attempt.started = earliest(attempt.started, [ms_of(event.started_at), event.id])
    if event.state == "finished" and event.outcome is not None:
        finished = earliest(attempt.finished, [ms_of(event.finished_at or event.occurred_at), event.id])
        if finished != attempt.finished:
            attempt.finished, attempt.outcome = finished, event.outcome


def record_task(event: TaskUpdated, repository: str, ledger: Ledger) -> None:
    """Note that an attempt ran a job."""
    attempt = _attempt(ledger.run(repository, event.run), event.run, event.attempt)
    attempt.jobs = united(attempt.jobs, event.name)[:MOST_JOBS]


def view(repository: str, run: str, ledger: Ledger) -> list[Run]:
    """The attempts of a run as metrics see them."""
    attempts = ledger.run(repository, run).attempts
    whole = set(attempts["1"].jobs) if "1" in attempts else set()
    return [
        Run(
            subject=_subject(run, number),
            pipeline=str(attempt.pipeline[-1]),
            outcome=attempt.outcome,  # type: ignore[arg-type]  # JSON keeps it as text
            started=Fact(int(attempt.started[0]), str(attempt.started[1])) if attempt.started else None,
            finished=Fact(int(attempt.finished[0]), str(attempt.finished[1])) if attempt.finished else None,
            partial=number != "1" and bool(attempt.jobs) and set(attempt.jobs) < whole,
        )
        for number, attempt in sorted(attempts.items())
        if attempt.pipeline is not None
    ]


def _subject(run: str, number: str) -> str:
    return f"{run}/{number}"


def _attempt(record: RunRecord, run: str, number: int) -> AttemptRecord:
    attempt = record.attempts.setdefault(str(number), AttemptRecord())
    if len(record.attempts) > MOST_ATTEMPTS:
        oldest_again = min((key for key in record.attempts if key != "1"), key=int)
        del record.attempts[oldest_again]
        # What was said of it stays true, and is remembered no longer.
        gone = _subject(run, oldest_again)
        record.said = {key: at for key, at in record.said.items() if subject_of(key) != gone}
    return attempt
