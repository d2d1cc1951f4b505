"""The truth of a part of Northwind's deliveries: what can be known where some were never sent.

Runs and gates are read off the deliveries that were sent; cycle times, whose deliveries must all be there, are taken
from the story.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.moments import Planned
from deploy.demo.truth import Fact

SERVICES = {"northwind/shop": ("checkout", "storefront"), "northwind/ledger": ("ledger",)}
_CONCLUSIVE = {"success", "failure", "timed_out"}
_VERDICTS = {"success": 1, "failure": 0}
_MILLISECOND = timedelta(milliseconds=1)


def may_be_missing(planned: Planned) -> bool:
    """Whether the truth without this delivery is known here: the end of a run, or the verdict of a gate."""
    return (planned.event in {"workflow_run", "check_run"} and planned.body["action"] == "completed") or (
        planned.event == "status"
    )


def facts_of(sent: Sequence[Planned], story: Sequence[Fact]) -> list[Fact]:
    """The facts of the deliveries `sent`; `story` are those of all of them."""
    cycles = [fact for fact in story if fact.metric == "cycle_time"]
    return sorted([*cycles, *_durations(sent), *_gates(sent)])


def _durations(sent: Sequence[Planned]) -> Iterator[Fact]:
    jobs: dict[tuple[int, int], set[str]] = defaultdict(set)
    for one in sent:
        if one.event == "workflow_job":
            job = one.body["workflow_job"]
            jobs[job["run_id"], job["run_attempt"]].add(job["name"])
    for body in _completed(sent, "workflow_run"):
        run = body["workflow_run"]
        number, attempt = run["id"], run["run_attempt"]
        partial = attempt > 1 and jobs[number, attempt] < jobs[number, 1]
        if run["conclusion"] in _CONCLUSIVE and not partial:
            finished = _moment(run["updated_at"])
            value = (finished - _moment(run["run_started_at"])) // _MILLISECOND
            for service in SERVICES[body["repository"]["full_name"]]:
                for part in ("", run["name"]):
                    yield Fact(finished, "pipeline_duration", part, service, f"{number}/{attempt}", value)


def _gates(sent: Sequence[Planned]) -> Iterator[Fact]:
    first: dict[tuple[str, str, str], tuple[datetime, str, int]] = {}
    for repository, gate, sha, id_, at, conclusion in _verdicts(sent):
        if conclusion not in _VERDICTS:
            continue
        passed = _VERDICTS[conclusion]
        key = (repository, gate, sha)
        first[key] = min(first.get(key, (at, id_, passed)), (at, id_, passed))
        for service in SERVICES[repository]:
            for part in ("", gate):
                yield Fact(at, "gate_pass_rate", part, service, id_, passed)
    for (repository, gate, sha), (at, _, passed) in first.items():
        for service in SERVICES[repository]:
            for part in ("", gate):
                yield Fact(at, "first_pass_yield", part, service, f"{gate}@{sha}", passed)


def _verdicts(sent: Sequence[Planned]) -> Iterator[tuple[str, str, str, str, datetime, str]]:
    """Repository, gate, commit, evaluation, time and verdict, once each however often it was sent."""
    found = {}
    for body in _completed(sent, "check_run"):
        check = body["check_run"]
        at = _moment(check["completed_at"])
        found[str(check["id"])] = (check["name"], check["head_sha"], at, check["conclusion"], body)
    for one in sent:
        if one.event == "status":
            id_ = f"status/{one.body['id']}"
            at = _moment(one.body["created_at"])
            found[id_] = (one.body["context"], one.body["sha"], at, one.body["state"], one.body)
    for id_, (gate, sha, at, conclusion, body) in found.items():
        yield body["repository"]["full_name"], gate, sha, id_, at, conclusion


def _completed(sent: Sequence[Planned], event: str) -> Iterator[dict[str, Any]]:
    """Each body of that event with the action `completed` once."""
    bodies = {one.delivery: one.body for one in sent if one.event == event and one.body["action"] == "completed"}
    yield from bodies.values()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
