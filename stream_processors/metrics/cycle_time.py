"""Cycle time of a change: from its first commit until it is in production, and the stages on the way."""

from collections.abc import Iterator
from itertools import pairwise

from stream_processors.facts import Change, Fact
from stream_processors.metric import Measure, Metric

RUNBOOK = """
Look at the stages first: they add up to the whole. A long *coding* stage asks for smaller changes, a long *pickup* for
somebody to look at open changes, a long *review* for fewer rounds, a long *deploy* for more frequent deployments.
A falling share of linked changes means that pushes or deployments do not arrive: check the webhook's events.
"""

STAGES = ("coding", "pickup", "review", "deploy")


def observe(change: Change) -> Iterator[Measure]:
    """The whole ('') and its four stages, all at the moment of deployment, once the change is in production.

    coding = first commit → ready for review; pickup = that → first review or comment by a human who is not the author,
    else the merge; review = that → merge; deploy = merge → end of the deployment (definitions of DORA's change lead
    time, https://dora.dev/guides/dora-metrics/, per change as DevLake has it). A change whose first commit is not
    known, or whose times contradict each other (skewed clocks), has no value and is not linked.
    """
    if change.deployed is None or change.merged is None or not change.touches:
        return
    facts = _milestones(change, change.merged, change.deployed)
    evidence = tuple(dict.fromkeys(fact.event for fact in facts))
    times = [fact.at_ms for fact in facts]
    measured = change.first_commit is not None and times == sorted(times)
    durations = [times[-1] - times[0], *(end - start for start, end in pairwise(times))]
    for part, duration in zip(("", *STAGES), durations, strict=True):
        yield Measure(
            part=part,
            subject=change.subject,
            at_ms=times[-1],
            value=duration if measured else 0,
            weight=1 if measured else 0,
            linked=measured,
            evidence=evidence,
        )


def _milestones(change: Change, merged: Fact, deployed: Fact) -> tuple[Fact, Fact, Fact, Fact, Fact]:
    ready = change.ready or change.opened or merged
    first = change.first_commit or ready
    # A rebase gives commits later times than the opening has: work had begun by then at the latest.
    start = min(first, change.opened or first, ready)
    picked_up = next((fact for fact in change.interactions if ready.at_ms <= fact.at_ms <= merged.at_ms), merged)
    return start, ready, picked_up, merged, deployed


METRIC = Metric(
    name="cycle_time",
    title="Cycle time",
    unit="ms",
    better="lower",
    kind="duration",
    reads="change",
    observe=observe,
    version=1,
    runbook=RUNBOOK,
)
