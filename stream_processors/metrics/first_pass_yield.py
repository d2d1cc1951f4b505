"""First-pass yield: of the commits that a gate judged, how many passed at its first verdict."""

from collections.abc import Iterator

from stream_processors.facts import Gate
from stream_processors.metric import Measure, Metric

RUNBOOK = """
A low yield means work that comes back. Run the gate's check before the push (locally or on the branch), and look for
tests that fail and pass on the same commit.
"""


def observe(gate: Gate) -> Iterator[Measure]:
    """One subject for each gate and commit: 1 if its first verdict was a pass, else 0."""
    first = next((one for one in gate.evaluations if one.outcome in ("passed", "failed")), None)
    if first is None:
        return
    for part in ("", gate.gate):
        yield Measure(
            part=part,
            subject=f"{gate.gate}@{gate.sha}",
            at_ms=first.finished.at_ms,
            value=int(first.outcome == "passed"),
            evidence=(first.finished.event,),
        )


METRIC = Metric(
    name="first_pass_yield",
    title="First-pass yield",
    unit="ratio",
    better="higher",
    kind="rate",
    reads="gate",
    observe=observe,
    version=1,
    runbook=RUNBOOK,
)
