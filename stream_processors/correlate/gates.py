"""Gates that providers report: the evaluations of each gate for each commit."""

from schemas.events import GateEvaluated
from stream_processors.correlate.ledger import Ledger
from stream_processors.correlate.records import GateRecord, ms_of
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


def forget_evaluations(event: GateEvaluated, repository: str, ledger: Ledger) -> None:
    """Keep the first verdict, which tells the first pass, and the last evaluations, which tell the state.

    Only after what was noted is said: whichever comes last has counted then. What was said of one that is forgotten
    stays true.
    """
    record = ledger.gate(repository, event.sha, event.gate)
    if len(record.evaluations) > MOST_EVALUATIONS:
        ordered = [id_ for id_, _ in _ordered(record)]
        first = next((id_ for id_ in ordered if record.evaluations[id_][1] in ("passed", "failed")), None)
        gone = next(id_ for id_ in ordered if id_ != first)
        del record.evaluations[gone]
        record.said = {key: at for key, at in record.said.items() if subject_of(key) != gone}


def view(repository: str, sha: str, gate: str, ledger: Ledger) -> Gate:
    """A gate of a commit as metrics see it."""
    return Gate(
        gate=gate,
        sha=sha,
        evaluations=tuple(
            Evaluation(id=id_, outcome=str(outcome), finished=Fact(int(at), str(event)))  # type: ignore[arg-type]
            for id_, (at, outcome, event) in _ordered(ledger.gate(repository, sha, gate))
        ),
    )


def _ordered(record: GateRecord) -> list[tuple[str, list[int | str]]]:
    return sorted(record.evaluations.items(), key=lambda item: (item[1][0], item[0]))
