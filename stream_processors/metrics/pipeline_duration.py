"""Pipeline duration: how long a run of a pipeline takes, and the share that ends within 10 minutes."""

from collections.abc import Iterator

from stream_processors.facts import Run
from stream_processors.metric import Measure, Metric

RUNBOOK = """
Open the slowest runs of the pipeline and compare their jobs. Cache dependencies, run jobs side by side, split slow test
suites; a p95 far above the median points to queues or to flaky tests that are tried again.
"""

BUDGET_MS = 600_000
_CONCLUSIVE = frozenset({"success", "failure", "timed_out"})


def observe(run: Run) -> Iterator[Measure]:
    """Start → end of each attempt that ran to an end; by pipeline and ('') for all of a service.

    Every attempt is an execution of its own; one that repeated only some jobs says nothing of the whole and is left
    out, as are cancelled and skipped runs. An end before its start (skewed clocks) has no value and is not linked.
    """
    if run.finished is None or run.started is None or run.partial or run.outcome not in _CONCLUSIVE:
        return
    duration = run.finished.at_ms - run.started.at_ms
    sound = duration >= 0
    for part in ("", run.pipeline):
        yield Measure(
            part=part,
            subject=run.subject,
            at_ms=run.finished.at_ms,
            value=duration if sound else 0,
            weight=1 if sound else 0,
            linked=sound,
            evidence=tuple(dict.fromkeys((run.started.event, run.finished.event))),
        )


METRIC = Metric(
    name="pipeline_duration",
    title="Pipeline duration",
    unit="ms",
    better="lower",
    kind="duration",
    reads="run",
    observe=observe,
    version=1,
    runbook=RUNBOOK,
    budget_ms=BUDGET_MS,
)
