"""The observations that Northwind's deliveries must lead to, read off the story itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from deploy.demo.chronicle import chronicle
from deploy.demo.company import Repository
from deploy.demo.moments import SENT_AFTER
from deploy.demo.story import Act, Change, Landing, Release, Session, Verification

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """An expected observation; `value` and `weight` as in schemas.observations. Facts order by time first."""

    at: datetime
    metric: str
    part: str
    service: str
    subject: str
    value: int
    weight: int = 1


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """A gate's verdict on a commit."""

    at: datetime
    id: str
    gate: str
    repository: Repository
    sha: str
    passed: bool


def truth(seed: int, start: datetime, end: datetime, sessions: Sequence[Session] = ()) -> list[Fact]:
    """All facts that can be known from `deliveries` of the same arguments, ordered."""
    acts = list(takewhile(lambda act: act.begin < end, chronicle(seed, start, sessions)))
    verifications = [verification for act in acts for verification in _verifications(act)]
    evaluations = [evaluation for verification in verifications for evaluation in _evaluations(verification)]
    known = [evaluation for evaluation in evaluations if evaluation.at + SENT_AFTER < end]
    facts = [
        *(fact for act in acts if isinstance(act, Release) for fact in cycle_times(act)),
        *(fact for verification in verifications for fact in _pipeline_durations(verification)),
        *(fact for evaluation in known for fact in _gate_facts("gate_pass_rate", evaluation.id, evaluation)),
        *_first_passes(known),
    ]
    return sorted(fact for fact in facts if fact.at + SENT_AFTER < end)


def _verifications(act: Act) -> Sequence[Verification]:
    if isinstance(act, Change):
        return act.verifications
    return (act.verification,) if isinstance(act, Landing) else ()


def _milliseconds(span: timedelta) -> int:
    return span // _MILLISECOND


def cycle_times(release: Release) -> Iterator[Fact]:
    """The cycle times of the changes that a release brought to production, with their stages."""
    production = release.in_production
    if production is None:
        return
    for landing in release.carried:
        change = landing.change
        border = _stage_borders(change, landing.push.at, production.finished_at)
        names = ("coding", "pickup", "review", "deploy")
        spans = {name: end - begin for name, (begin, end) in zip(names, pairwise(border), strict=True)}
        spans[""] = border[-1] - border[0]
        subject = f"{change.repository.full_name}#{change.number}"
        for service in change.services:
            for part, span in spans.items():
                at = production.finished_at
                yield Fact(at, "cycle_time", part, service.name, subject, _milliseconds(span))


def _stage_borders(change: Change, merged: datetime, deployed: datetime) -> tuple[datetime, ...]:
    """First commit or opening, ready for review, first word of another human, merge, in production."""
    begun = min(change.opened_at, min(commit.at for commit in change.commits))
    ready = max(step.at for step in change.steps if step.action in ("opened", "ready_for_review"))
    words = [
        remark.at
        for remark in change.remarks
        if not remark.by.bot and remark.by != change.author and ready <= remark.at < merged
    ]
    return begun, ready, min(words, default=merged), merged, deployed


def _pipeline_durations(verification: Verification) -> Iterator[Fact]:
    first = {run.id: {job.name for job in run.jobs} for run in verification.runs if run.attempt == 1}
    for run in verification.runs:
        partial = run.attempt > 1 and {job.name for job in run.jobs} < first[run.id]
        if partial or run.conclusion not in ("success", "failure", "timed_out"):
            continue
        value = _milliseconds(run.finished_at - run.started_at)
        for service in run.repository.services:
            for part in ("", run.pipeline.name):
                subject = f"{run.id}/{run.attempt}"
                yield Fact(run.finished_at, "pipeline_duration", part, service.name, subject, value)


def _evaluations(verification: Verification) -> Iterator[_Evaluation]:
    """The verdicts that passed or failed; a pending, cancelled, skipped or broken one is none."""
    for run in verification.runs:
        for job in run.jobs:
            if job.conclusion in ("success", "failure"):
                passed = job.conclusion == "success"
                yield _Evaluation(job.finished_at, str(job.id), job.name, run.repository, run.sha, passed)
    for check in verification.checks:
        if check.conclusion in ("success", "failure"):
            passed = check.conclusion == "success"
            yield _Evaluation(check.finished_at, str(check.id), check.gate, check.repository, check.sha, passed)
    for status in verification.statuses:
        if status.state in ("success", "failure"):
            passed = status.state == "success"
            yield _Evaluation(
                status.at, f"status/{status.id}", status.gate, status.repository, status.commit.sha, passed
            )


def _first_passes(known: Sequence[_Evaluation]) -> Iterator[Fact]:
    first: dict[tuple[str, str], _Evaluation] = {}
    for evaluation in sorted(known, key=lambda evaluation: (evaluation.at, evaluation.id)):
        first.setdefault((evaluation.gate, evaluation.sha), evaluation)
    for (gate, sha), evaluation in first.items():
        yield from _gate_facts("first_pass_yield", f"{gate}@{sha}", evaluation)


def _gate_facts(metric: str, subject: str, evaluation: _Evaluation) -> Iterator[Fact]:
    for service in evaluation.repository.services:
        for part in ("", evaluation.gate):
            yield Fact(evaluation.at, metric, part, service.name, subject, int(evaluation.passed))
