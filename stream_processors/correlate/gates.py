"""Gates that providers report: the evaluations of each gate for each commit."""

from schemas.events import GateEvaluated
from stream_processors.correlate.ledger import Ledger
from stream_processors.correlate.records import ms_of
from stream_processors.correlate.said import subject_of
from stream_processors.facts import Evaluation, Fact, Gate

MOST_EVALUATIONS = 50


def record_gate(event: GateEvaluated, repository: str, ledger: Ledger) -> None:
    """Note the verdict of one evaluation; its newest verdict stands."""
    if event.outcome == "pending":
        return
    record = ledger.gate(repository, event.sha, event.gate)
    verdict: list[int | str] = [ms_of(event.finished_at or event.occurred_at), event.outcome, event.id]
    known = record.evaluations.get(event.evaluation)
    record.evaluations[event.evaluation] = verdict if known is None else max(known, verdict)
    if len(record.evaluations) > MOST_EVALUATIONS:  # the first tells the first pass, the last ones the state
        second = sorted(record.evaluations, key=lambda one: (record.evaluations[one], one))[1]
        del record.evaluations[second]
        # What was said of it stays true, and is remembered no longer.
        record.said = {key: at for key, at in record.said.items() if subject_of(key) != second}


def view(repository: str, sha: str, gate: str, ledger: Ledger) -> Gate:
    """A gate of a commit as metrics see it."""
    evaluations = ledger.gate(repository, sha, gate).evaluations
    ordered = sorted(evaluations.items(), key=lambda item: (item[1][0], item[0]))
    return Gate(
        gate=gate,
        sha=sha,
        evaluations=tuple(
            Evaluation(id=id_, outcome=str(outcome), finished=Fact(int(at), str(event)))  # type: ignore[arg-type]
            for id_, (at, outcome, event) in ordered
        ),
    )
