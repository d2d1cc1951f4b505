"""All promises of one source at once, and the figures of the payloads that it was given. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from producers.conformance.attempts import attempts
from producers.conformance.bots import bots
from producers.conformance.case import Case, Outcome, Sample, document_of, put
from producers.conformance.clock import clock
from producers.conformance.cost import Cost, cost, cost_of
from producers.conformance.docs import docs
from producers.conformance.finding import Finding, gathered
from producers.conformance.fixtures import fixtures
from producers.conformance.identity import identity
from producers.conformance.machine import Machine
from producers.conformance.order import order
from producers.conformance.size import size
from producers.conformance.tiers import tiers
from producers.conformance.totality import totality
from producers.conformance.vectors import Vector, vectors_hold
from producers.conformance.verification import verification
from producers.source import Source

_MOST_OF_FIXTURES, _MOST_OF_PAYLOADS = 4, 2
"""Cases of one event that are changed in every way: the rest is read as it is."""
_LARGEST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Material:
    """What a source is checked with. `fixtures` is None where there are none, `folder` where they should be.

    `payloads` are those of others, by the folder that they come from; `vectors` signatures of others.
    """

    fixtures: Sequence[Case] | None
    folder: str
    payloads: Mapping[str, Sequence[Case]]
    vectors: Sequence[Vector] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What a source made of its payloads, or of its fixtures where nobody else's are given; and what was found.

    `files` = mapped + ignored + refused + exceptions + the sum of `dead_letters`, which are counted by reason, +
    `excerpts`, which would be dead letters if they were whole.
    """

    source: str
    folders: Mapping[str, int]
    files: int
    mapped: int
    ignored: int
    dead_letters: Mapping[str, int]
    refused: int
    exceptions: int
    excerpts: int
    cost: Cost
    findings: Sequence[Finding]

    @property
    def faults(self) -> int:
        """How many promises are broken."""
        return sum(one.level == "fault" for one in self.findings)

    @property
    def understood(self) -> float | None:
        """The share of what is mapped in what is mapped or dead; None where neither is."""
        dead = sum(self.dead_letters.values()) + self.exceptions
        return self.mapped / (self.mapped + dead) if self.mapped + dead else None


def check(source: Source, material: Material, machine: Machine) -> Checked:
    """Puts `source` to the test."""
    own, given = list(material.fixtures or ()), [case for cases in material.payloads.values() for case in cases]
    read = [(case, put(source, case)) for case in [*own, *given]]
    counted = read[len(own) :] if given else read
    samples = _samples(source, read[: len(own)], _MOST_OF_FIXTURES) + _samples(
        source, read[len(own) :], _MOST_OF_PAYLOADS
    )
    told = cost_of(source, [case for case, outcome in counted if _is_mapped(source, outcome)], machine.stopwatch)
    findings = [
        *verification(source, samples),
        *vectors_hold(source, material.vectors),
        *totality(source, read, samples),
        *identity(source, read, samples),
        *attempts(source, samples),
        *order(source, read, samples),
        *clock(source, samples, machine),
        *bots(source, samples),
        *tiers(source, samples),
        *size(source, samples, machine.stopwatch),
        *cost(told),
        *fixtures(source, material.fixtures, material.folder),
        *docs(source),
    ]
    return _checked(source, material, counted, told, findings)


def _checked(
    source: Source,
    material: Material,
    counted: Sequence[tuple[Case, Outcome]],
    told: Cost,
    findings: Sequence[Finding],
) -> Checked:
    doors = Counter(outcome.door for _, outcome in counted)
    dead = [(case, outcome) for case, outcome in counted if outcome.door == "dead-letter"]
    return Checked(
        source=source.name,
        folders={folder: len(cases) for folder, cases in material.payloads.items()},
        files=len(counted),
        mapped=doors["accepted"],
        ignored=doors["ignored"],
        dead_letters=Counter(outcome.reason for case, outcome in dead if not case.excerpt),
        refused=doors["refused"],
        exceptions=doors["exception"],
        excerpts=sum(case.excerpt for case, _ in dead),
        cost=told,
        findings=gathered(findings),
    )


def _is_mapped(source: Source, outcome: Outcome) -> bool:
    """Whether a payload gave a mapping something to do."""
    return outcome.door != "refused" and outcome.event_name in source.handles


def _samples(source: Source, read: Sequence[tuple[Case, Outcome]], most: int) -> list[Sample]:
    """Some payloads of each event that became events."""
    found: list[Sample] = []
    count: Counter[str] = Counter()
    for case, outcome in read:
        if outcome.door == "accepted" and count[outcome.event_name] < most and len(case.body) <= _LARGEST_BYTES:
            count[outcome.event_name] += 1
            found.append(Sample(case, document_of(source, case), outcome))
    return found
