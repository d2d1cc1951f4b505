"""What Northwind sends: GitHub's shapes, in order, always the same."""

import ast
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

import deploy.demo
from deploy.demo.deliveries import deliveries
from deploy.demo.moments import SENT_AFTER, Planned
from deploy.demo.pace import OFFICE, is_working_day
from deploy.demo.story import Session

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = END - timedelta(days=14)
HANDLED = {
    "push",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "issue_comment",
    "workflow_run",
    "workflow_job",
    "check_run",
    "status",
    "deployment",
    "deployment_status",
}
SHELLS = {"feed.py", "poster.py", "script.py", "show.py", "summary.py"}


@pytest.fixture(scope="module")
def fortnight() -> list[Planned]:
    return list(deliveries(7, START, END))


def test_the_same_seed_tells_the_same_story(fortnight: list[Planned]) -> None:
    assert list(deliveries(7, START, END)) == fortnight


def test_another_seed_tells_another_story(fortnight: list[Planned]) -> None:
    ours = {planned.delivery for planned in fortnight}
    assert not ours & {planned.delivery for planned in deliveries(8, START, END)}


@pytest.mark.parametrize("days", [1, 4, 9])
def test_a_later_end_only_adds_to_the_story(fortnight: list[Planned], days: int) -> None:
    cut = START + timedelta(days=days, hours=13)
    assert list(deliveries(7, START, cut)) == [planned for planned in fortnight if planned.at < cut]


def test_a_live_session_changes_nothing_before_it_begins(fortnight: list[Planned]) -> None:
    session = Session(END, END + timedelta(minutes=5), 20)
    longer = list(deliveries(7, START, END + timedelta(minutes=5), [session]))
    assert longer[: len(fortnight)] == fortnight


def test_reading_on_from_a_moment_skips_exactly_what_was_before_it(fortnight: list[Planned]) -> None:
    moment = fortnight[len(fortnight) // 2].at
    later = [planned for planned in fortnight if planned.at >= moment]
    assert list(deliveries(7, START, END, since=moment)) == later


def test_a_fortnight_has_some_thousand_deliveries_of_every_handled_event(fortnight: list[Planned]) -> None:
    events = Counter(planned.event for planned in fortnight)
    assert 2_500 <= len(fortnight) <= 5_000
    assert set(events) >= HANDLED
    assert set(events) - HANDLED == {"check_suite", "star", "delete"}


def test_deliveries_come_in_order_and_within_the_span(fortnight: list[Planned]) -> None:
    assert all(earlier.at <= later.at for earlier, later in pairwise(fortnight))
    assert START <= fortnight[0].at <= START + timedelta(minutes=1)
    assert fortnight[-1].at < END


def test_no_delivery_id_and_no_body_comes_twice(fortnight: list[Planned]) -> None:
    assert len({planned.delivery for planned in fortnight}) == len(fortnight)
    assert len({(planned.event, orjson.dumps(planned.body)) for planned in fortnight}) == len(fortnight)


def test_bodies_are_lean_json_objects_of_northwind(fortnight: list[Planned]) -> None:
    for planned in fortnight:
        assert 1_000 < len(orjson.dumps(planned.body)) < 10_000
        assert planned.body["repository"]["full_name"] in {"northwind/shop", "northwind/ledger"}
        assert planned.body["sender"]["type"] in {"User", "Bot"}


def test_nothing_is_told_before_it_happened(fortnight: list[Planned]) -> None:
    for planned in fortnight:
        if planned.event == "workflow_run":
            assert planned.body["workflow_run"]["updated_at"] == f"{planned.at - SENT_AFTER:%Y-%m-%dT%H:%M:%SZ}"


def test_stories_overlap(fortnight: list[Planned]) -> None:
    open_now, most = set[tuple[str, int]](), 0
    for planned in fortnight:
        if planned.event == "pull_request":
            change = (planned.body["repository"]["full_name"], planned.body["number"])
            (open_now.discard if planned.body["action"] == "closed" else open_now.add)(change)
            most = max(most, len(open_now))
    assert most >= 5


def test_every_trap_of_real_life_occurs(fortnight: list[Planned]) -> None:
    def seen(event: str, *path: str) -> set[object]:
        values = set[object]()
        for planned in fortnight:
            if planned.event == event:
                value: Any = planned.body
                for step in path:
                    value = value[step]
                values.add(value)
        return values

    assert seen("workflow_run", "workflow_run", "conclusion") >= {None, "success", "failure", "cancelled"}
    assert seen("workflow_run", "workflow_run", "run_attempt") == {1, 2}
    assert seen("check_run", "check_run", "conclusion") >= {None, "success", "failure", "cancelled", "skipped"}
    assert seen("status", "state") >= {"pending", "success", "failure"}
    states = {"queued", "in_progress", "success", "failure", "inactive"}
    assert seen("deployment_status", "deployment_status", "state") >= states
    assert seen("deployment_status", "deployment", "environment") == {"staging", "production"}
    assert seen("pull_request_review", "review", "state") == {"approved", "changes_requested", "commented"}
    assert seen("pull_request_review", "review", "user", "type") == {"User", "Bot"}
    assert seen("pull_request", "action") >= {"opened", "synchronize", "ready_for_review", "converted_to_draft"}
    assert seen("pull_request", "pull_request", "merged") == {True, False}
    assert seen("push", "deleted") == {True, False}


def test_main_moves_from_commit_to_commit_without_a_gap(fortnight: list[Planned]) -> None:
    heads: dict[str, str] = {}
    for planned in fortnight:
        if planned.event == "push" and planned.body["ref"] == "refs/heads/main":
            repository = planned.body["repository"]["full_name"]
            assert planned.body["before"] == heads.get(repository, planned.body["before"])
            heads[repository] = planned.body["after"]
    assert set(heads) == {"northwind/shop", "northwind/ledger"}


def test_the_first_deployment_of_a_repository_is_of_the_commit_that_main_started_from(fortnight: list[Planned]) -> None:
    for repository in ("northwind/shop", "northwind/ledger"):
        ours = [planned for planned in fortnight if planned.body["repository"]["full_name"] == repository]
        first = next(planned for planned in ours if planned.event == "deployment")
        pushed = next(p for p in ours if p.event == "push" and p.body["ref"] == "refs/heads/main")
        assert first.body["deployment"]["environment"] == "production"
        assert first.body["deployment"]["sha"] == pushed.body["before"]


def test_people_rest_at_night_and_on_weekends(fortnight: list[Planned]) -> None:
    opened = [p.at for p in fortnight if p.event == "pull_request" and p.body["action"] == "opened"]
    assert opened
    assert all(is_working_day(at) and 8 <= at.hour < 18 for at in opened)


def test_work_that_does_not_fit_into_friday_goes_on_on_monday() -> None:
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    assert OFFICE.human(friday, 45) == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def test_live_work_keeps_about_its_rate_and_reaches_production_within_two_minutes() -> None:
    session = Session(END, END + timedelta(minutes=6), 20)
    live = list(deliveries(7, START, session.end, [session], since=END))
    third = [p for p in live if END + timedelta(minutes=2) <= p.at < END + timedelta(minutes=6)]
    assert 14 <= len(third) / 240 <= 26
    succeeded = [
        p.at
        for p in live
        if p.event == "deployment_status"
        and p.body["deployment_status"]["state"] == "success"
        and p.body["deployment"]["environment"] == "production"
    ]
    assert succeeded[0] < END + timedelta(minutes=2)


def test_the_story_does_no_input_or_output_and_never_asks_the_time() -> None:
    folder = Path(deploy.demo.__file__).parent
    pure = [path for path in folder.rglob("*.py") if path.name not in SHELLS]
    assert len(pure) > 10
    for path in pure:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"now", "utcnow", "today", "monotonic"} or _is_self(node), path
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert not {"asyncio", "httpx", "os", "pathlib", "secrets", "socket", "time"} & set(modules), path


def _is_self(node: ast.Attribute) -> bool:
    """A story's own `self.now` is where the story stands, not the clock."""
    return isinstance(node.value, ast.Name) and node.value.id == "self"
