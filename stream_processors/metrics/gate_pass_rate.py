"""Gate pass rate: of the evaluations of a gate that came to a verdict, how many passed."""

from collections.abc import Iterator

from stream_processors.facts import Gate
from stream_processors.metric import Measure, Metric

RUNBOOK = """
See which gate lost: a single gate that falls points to its check (flaky, misconfigured, newly strict), all gates at
once to the environment. Compare with the first-pass yield: a low yield with a good pass rate means repeated attempts.
"""


def observe(gate: Gate) -> Iterator[Measure]:
    """passed / (passed + failed), one evaluation each; skipped, cancelled and broken evaluations are no verdicts."""
    for evaluation in gate.evaluations:
        if evaluation.outcome not in ("passed", "failed"):
            continue
        for part in ("", gate.gate):
            yield Measure(
                part=part,
                subject=evaluation.id,
                at_ms=evaluation.finished.at_ms,
                value=int(evaluation.outcome == "passed"),
                evidence=(evaluation.finished.event,),
            )


METRIC = Metric(
    name="gate_pass_rate",
    title="Gate pass rate",
    unit="ratio",
    better="higher",
    kind="rate",
    reads="gate",
    observe=observe,
    version=1,
    runbook=RUNBOOK,
)
