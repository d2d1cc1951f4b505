"""Observations: one measured fact each, with the evidence that it rests on."""

from pydantic import Field

from schemas.model import Moment, Name, Record, Text, identity

EVIDENCE_LIMIT = 50


class Observation(Record):
    """One measured fact of a service, or its retraction.

    `value` and `weight` are integers: for a duration milliseconds and 1, for a rate numerator and denominator. A
    subject that could not be joined to all its partners has `linked` false, and weight 0 where it has no value: it
    counts in the share of linked subjects and in nothing else. `value` None retracts what was said under this id.
    `part` is '' for the whole, else the stage, gate or pipeline. `evidence` holds up to 50 event ids, of
    `evidence_count` in all.
    """

    id: Name
    metric: Name
    part: Text
    service: Name
    subject: Name
    at: Moment
    value: int | None
    weight: int = Field(default=1, ge=0)
    linked: bool = True
    evidence: tuple[Name, ...] = Field(default=(), max_length=EVIDENCE_LIMIT)
    evidence_count: int = Field(default=0, ge=0)


def observation_id(metric: str, part: str, service: str, subject: str) -> str:
    """The id of an observation: a later one with the same id replaces it."""
    return str(identity(metric, part, service, subject))
