"""What is true of Northwind: facts that add up, and that a careful reader of the deliveries finds again."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo.deliveries import deliveries
from deploy.demo.moments import Planned
from deploy.demo.story import Session
from deploy.demo.truth import Fact, truth

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = END - timedelta(days=14)
STAGES = ("coding", "pickup", "review", "deploy")
SERVICES = {"checkout", "storefront", "ledger"}


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    return truth(7, START, END)


@pytest.fixture(scope="module")
def fortnight() -> list[Planned]:
    return list(deliveries(7, START, END))


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_truth_is_ordered_and_stable_and_says_nothing_twice(facts: list[Fact]) -> None:
    assert facts == sorted(facts) == truth(7, START, END)
    assert len({(fact.metric, fact.part, fact.service, fact.subject) for fact in facts}) == len(facts)


def test_every_service_has_facts_of_every_metric(facts: list[Fact]) -> None:
    count: dict[tuple[str, str], int] = defaultdict(int)
    for fact in facts:
        count[fact.metric, fact.service] += fact.part == ""
    for metric, least in {
        "cycle_time": 8,
        "pipeline_duration": 30,
        "gate_pass_rate": 80,
        "first_pass_yield": 80,
    }.items():
        for service in SERVICES:
            assert count[metric, service] >= least, (metric, service)


@given(seed=st.integers(0, 10_000), days=st.integers(1, 6), live=st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_stages_of_a_change_add_up_to_its_cycle_time(seed: int, days: int, live: bool) -> None:
    end = START + timedelta(days=days)
    sessions = [Session(end - timedelta(minutes=3), end, 15)] if live else []
    changes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for fact in truth(seed, START, end, sessions):
        if fact.metric == "cycle_time":
            changes[fact.service, fact.subject][fact.part] = fact.value
    for parts in changes.values():
        assert set(parts) == {"", *STAGES}
        assert all(value >= 0 for value in parts.values())
        assert sum(parts[stage] for stage in STAGES) == parts[""]


def test_rates_are_neither_perfect_nor_hopeless(facts: list[Fact]) -> None:
    for metric in ("gate_pass_rate", "first_pass_yield"):
        values = [fact.value for fact in facts if fact.metric == metric and fact.part == "unit-tests"]
        assert set(values) == {0, 1}
        assert 0.6 < sum(values) / len(values) < 1


def test_ledger_is_slow_in_review_and_end_to_end_is_sometimes_over_ten_minutes(facts: list[Fact]) -> None:
    def values(metric: str, part: str, service: str) -> list[int]:
        return sorted(f.value for f in facts if (f.metric, f.part, f.service) == (metric, part, service))

    def median(of: list[int]) -> int:
        return of[len(of) // 2]

    assert median(values("cycle_time", "pickup", "ledger")) > 3 * median(values("cycle_time", "pickup", "checkout"))
    durations = values("pipeline_duration", "end-to-end", "checkout")
    assert 0 < sum(value > 600_000 for value in durations) < len(durations) / 2


def test_a_longer_story_keeps_the_facts_of_a_shorter_one(facts: list[Fact]) -> None:
    cut = START + timedelta(days=6, hours=11, minutes=31)
    shorter = truth(7, START, cut)
    assert shorter == [fact for fact in facts if fact.at + timedelta(seconds=1) < cut]


def test_run_durations_are_those_of_the_deliveries(facts: list[Fact], fortnight: list[Planned]) -> None:
    """Read again from the payloads alone, jobs included."""
    runs: dict[tuple[int, int], dict[str, object]] = {}
    jobs: dict[tuple[int, int], set[str]] = defaultdict(set)
    for planned in fortnight:
        if planned.event == "workflow_job":
            job = planned.body["workflow_job"]
            jobs[job["run_id"], job["run_attempt"]].add(job["name"])
        if planned.event == "workflow_run" and planned.body["action"] == "completed":
            run = planned.body["workflow_run"]
            runs[run["id"], run["run_attempt"]] = run
    found = {}
    for (number, attempt), run in runs.items():
        again = attempt > 1 and jobs[number, attempt] < jobs[number, 1]
        if run["conclusion"] in {"success", "failure", "timed_out"} and not again:
            span = parsed(str(run["updated_at"])) - parsed(str(run["run_started_at"]))
            found[f"{number}/{attempt}"] = span // timedelta(milliseconds=1)
    told = {fact.subject: fact.value for fact in facts if fact.metric == "pipeline_duration" and fact.part == ""}
    assert found == told
    assert any(attempt > 1 and jobs[number, attempt] < jobs[number, 1] for number, attempt in runs)


def test_gate_results_are_those_of_the_deliveries(facts: list[Fact], fortnight: list[Planned]) -> None:
    found: dict[str, int] = {}
    first: dict[tuple[str, str], tuple[datetime, str, int]] = {}
    for planned in fortnight:
        if planned.event == "check_run" and planned.body["action"] == "completed":
            check = planned.body["check_run"]
            result, gate, sha, at = check["conclusion"], check["name"], check["head_sha"], check["completed_at"]
            number = check["id"]
        elif planned.event == "status":
            status = planned.body
            result, gate, sha, at = status["state"], status["context"], status["sha"], status["updated_at"]
            number = f"status/{status['id']}"
        else:
            continue
        if result in {"success", "failure"}:
            passed = int(result == "success")
            found[str(number)] = passed
            evaluation = (parsed(at), str(number), passed)
            first[gate, sha] = min(first.get((gate, sha), evaluation), evaluation)
    assert found == {f.subject: f.value for f in facts if f.metric == "gate_pass_rate" and f.part == ""}
    yields = {f"{gate}@{sha}": passed for (gate, sha), (_, _, passed) in first.items()}
    assert yields == {f.subject: f.value for f in facts if f.metric == "first_pass_yield" and f.part == ""}


def test_deployed_changes_and_their_ends_are_those_of_the_deliveries(
    facts: list[Fact], fortnight: list[Planned]
) -> None:
    """A merge is deployed by the first successful production deployment of its own or a later commit of main."""
    mains: dict[str, list[str]] = defaultdict(list)
    merged: dict[str, tuple[str, str, datetime]] = {}
    deployed: list[tuple[datetime, str, str]] = []
    for planned in fortnight:
        body, repository = planned.body, planned.body["repository"]["full_name"]
        if planned.event == "push" and body["ref"] == "refs/heads/main":
            mains[repository].append(body["after"])
        if planned.event == "pull_request" and body["action"] == "closed" and body["pull_request"]["merged"]:
            pull = body["pull_request"]
            at = parsed(pull["merged_at"])
            merged[f"{repository}#{body['number']}"] = (repository, pull["merge_commit_sha"], at)
        if planned.event == "deployment_status" and body["deployment_status"]["state"] == "success":
            deployment = body["deployment"]
            if deployment["environment"] == "production":
                deployed.append((parsed(body["deployment_status"]["created_at"]), repository, deployment["sha"]))
    found = {}
    for subject, (repository, sha, merge) in merged.items():
        main = mains[repository]
        later = set(main[main.index(sha) :])
        ends = [at for at, where, head in deployed if where == repository and head in later]
        if ends:
            found[subject] = (min(ends), (min(ends) - merge) // timedelta(milliseconds=1))
    told = {f.subject: (f.at, f.value) for f in facts if f.metric == "cycle_time" and f.part == "deploy"}
    assert found == told
    assert len({at for at, _ in found.values()}) < len(found), "no deployment carried several changes"


def test_a_bots_word_does_not_end_pickup(facts: list[Fact], fortnight: list[Planned]) -> None:
    """Read again from the payloads: the first word that is neither the author's nor a bot's."""
    ready: dict[str, datetime] = {}
    word: dict[str, datetime] = {}
    merge: dict[str, datetime] = {}
    bots = 0
    for planned in fortnight:
        body = planned.body
        thing: Any = body.get("issue") or body.get("pull_request")
        if planned.event == "pull_request":
            subject = f"{body['repository']['full_name']}#{body['number']}"
            if body["action"] in {"opened", "ready_for_review"}:
                ready[subject] = parsed(thing["updated_at"])
            if thing["merged"]:
                merge[subject] = parsed(thing["merged_at"])
        elif planned.event in {"issue_comment", "pull_request_review", "pull_request_review_comment"}:
            subject = f"{body['repository']['full_name']}#{thing['number']}"
            remark = body.get("review") or body["comment"]
            bots += remark["user"]["type"] == "Bot"
            if remark["user"]["type"] != "Bot" and remark["user"]["login"] != thing["user"]["login"]:
                word.setdefault(subject, parsed(remark.get("submitted_at") or remark["created_at"]))
    told = {f.subject: f.value for f in facts if f.metric == "cycle_time" and f.part == "pickup"}
    assert bots > 10
    for subject, value in told.items():
        span = word.get(subject, merge[subject]) - ready[subject]
        assert value == span // timedelta(milliseconds=1), subject
    assert any(subject not in word for subject in told), "every change was reviewed"
