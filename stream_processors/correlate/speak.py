"""From facts to observations: every metric looks at every record that an event touched."""

from collections.abc import Iterable
from datetime import UTC, datetime

from schemas.observations import EVIDENCE_LIMIT, Observation, observation_id
from stream_processors.correlate.ledger import Ledger
from stream_processors.correlate.records import ms_of
from stream_processors.correlate.said import parts_of, said_key
from stream_processors.metric import Measure, Metric, Reads
from stream_processors.metrics import METRICS

MOST_PARTS = 50
OTHER = "other"

_BY_RECORD: dict[Reads, list[Metric]] = {
    reads: [metric for metric in METRICS.values() if metric.reads == reads] for reads in ("change", "run", "gate")
}


def speak(reads: Reads, views: Iterable[object], said: dict[str, int], ledger: Ledger) -> list[Observation]:
    """The observations of a record, and retractions of those once said that hold no longer.

    `said` is the record's memory of all it ever said and grows by what is said now. Nothing is left out because it was
    said before: after a crash the state may be ahead of what was published.
    """
    observations: dict[str, Observation] = {}
    for metric in _BY_RECORD[reads]:
        for view in views:
            for measure in metric.observe(view):
                part = _named(metric.name, measure.part, ledger)
                observations[said_key(metric.name, part, measure.subject)] = _observation(
                    metric.name, part, measure, ledger.service, measure.value
                )
    for key, at_ms in said.items():
        metric_name, part, subject = parts_of(key)
        if said_key(metric_name, part, subject) not in observations:
            retracted = Measure(part, subject, at_ms, value=0, evidence=(), weight=0, linked=False)
            observations[key] = _observation(metric_name, part, retracted, ledger.service, value=None)
    said.update((key, ms_of(one.at)) for key, one in observations.items())
    return list(observations.values())


def _named(metric: str, part: str, ledger: Ledger) -> str:
    """The part, or `other` once a service has 50 of them: labels cost a window each."""
    if part == "":
        return part
    names = ledger.parts(metric).names
    if part not in names and len(names) < MOST_PARTS:
        names.append(part)
    return part if part in names else OTHER


def _observation(metric: str, part: str, measure: Measure, service: str, value: int | None) -> Observation:
    return Observation.model_construct(
        id=observation_id(metric, part, service, measure.subject),
        metric=metric,
        part=part,
        service=service,
        subject=measure.subject,
        at=datetime.fromtimestamp(measure.at_ms / 1000, UTC),
        value=value,
        weight=measure.weight,
        linked=measure.linked,
        evidence=measure.evidence[:EVIDENCE_LIMIT],
        evidence_count=len(measure.evidence),
    )
