"""Reconciling with GitLab, against a server that answers as its public description says."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from producers.gateway import read
from producers.reconciling.gitlab import GitLab
from producers.reconciling.reconciler import Reconciled, Through
from producers.reconciling.vendor import Item, Part
from producers.registry import find_source, source_names
from producers.sender import signed_headers
from schemas.deliveries import Delivery, Secret
from tests.producers.reconciling.conftest import NOW, World
from tests.producers.reconciling.vendor_server import Answer, Asked

FIXTURES = Path(__file__).parents[2] / "fixtures/sources/gitlab"
PROJECT = "/api/projects/shop%2Fcart"
SECRET = Secret(b"a secret of the hook")
PAGE = "https://gitlab.acme.example/shop/cart"
HEARS_GITLAB = pytest.mark.skipif("gitlab" not in source_names(), reason="there is no source gitlab")


class Hook:
    """A project's hook and its events, the newest first. Only five are repeated a minute."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[dict[str, Any]] = []
        self.gateway_answers = 202
        self.repeated: list[float] = []
        server = world.server
        hooks = [{"id": 3, "url": "https://gauge.example/hooks/gitlab"}, {"id": 4, "url": "https://chat.example/x"}]
        server.on("GET", rf"{PROJECT}/hooks", lambda asked: server.page(asked, hooks))
        server.on("GET", rf"{PROJECT}/hooks/3/events", lambda asked: server.page(asked, self.events))
        server.on("POST", rf"{PROJECT}/hooks/3/events/\d+/resend", self._repeat)

    def event(self, key: str, status: str) -> None:
        headers = {"Idempotency-Key": key, "X-Gitlab-Event": "Pipeline Hook", "X-Gitlab-Token": "[REDACTED]"}
        told = {"id": 1 + len(self.events), "url": "https://gauge.example/hooks/gitlab", "trigger": "pipeline_hooks"}
        self.events.insert(0, told | {"request_headers": headers, "request_data": {}, "response_status": status})

    def _repeat(self, asked: Asked) -> Answer:
        if len([at for at in self.repeated if self.world.now - at < 60]) == 5:
            return Answer({"message": {"error": "too many"}}, 429, {"retry-after": "60"})
        self.repeated.append(self.world.now)
        number = int(asked.path.split("/")[-2])
        key = next(one["request_headers"]["Idempotency-Key"] for one in self.events if one["id"] == number)
        self.event(key, str(self.gateway_answers))
        return Answer({"response_status": self.gateway_answers}, 201)


@pytest.fixture
def hook(world: World) -> Hook:
    return Hook(world)


def redeliver(world: World, dry: bool = False) -> Reconciled:
    return world.reconciler(GitLab(), dry).redeliver("shop/cart", (), NOW - timedelta(days=3), NOW)


def test_what_never_arrived_is_resent_once(world: World, hook: Hook) -> None:
    for key, status in (("a", "500"), ("b", "202"), ("c", "internal error"), ("c", "202"), ("d", "internal error")):
        hook.event(key, status)
    done = redeliver(world)
    assert (done.hooks, done.undelivered, done.redelivered, done.refused) == (1, 2, 2, 0)
    assert [path.split("/")[-2] for path in world.server.paths("POST")] == ["1", "5"]
    assert redeliver(world).undelivered == 0


def test_no_more_than_five_are_resent_a_minute(world: World, hook: Hook) -> None:
    for number in range(12):
        hook.event(f"k{number}", "500")
    assert redeliver(world).redelivered == 12
    assert world.slept == [60, 60]


def test_what_the_gateway_refuses_again_is_told(world: World, hook: Hook) -> None:
    hook.event("a", "500")
    hook.gateway_answers = 401
    done = redeliver(world)
    assert (done.redelivered, done.refused) == (0, 1)


def test_all_pages_are_looked_at_and_a_dry_run_resends_nothing(world: World, hook: Hook) -> None:
    for number in range(250):
        hook.event(f"k{number}", "500")
    assert redeliver(world, dry=True).undelivered == 250
    assert world.server.paths("POST") == []


PIPELINE = {
    **{"id": 81, "iid": 6, "name": "Build pipeline", "ref": "SHOP-7-labels", "tag": False, "sha": "c" * 40},
    **{"status": "success", "source": "push", "duration": 300, "web_url": f"{PAGE}/-/pipelines/81"},
    **{"created_at": "2026-03-02T11:00:00.412Z", "started_at": "2026-03-02T11:00:05.001Z"},
    **{"updated_at": "2026-03-02T11:05:00.999Z", "finished_at": "2026-03-02T11:05:00.900Z"},
    "user": {"id": 11, "username": "ann-example", "name": "Ann"},
}
JOB = {
    **{"id": 910, "stage": "test", "name": "unit", "status": "success", "allow_failure": False},
    **{"created_at": "2026-03-02T11:00:01.300Z", "started_at": "2026-03-02T11:00:20.700Z"},
    **{"finished_at": "2026-03-02T11:04:59.100Z", "commit": {"id": "c" * 40, "message": "Labels (SHOP-8)"}},
}
MERGED = {
    **{"id": 501, "iid": 12, "title": "Print labels", "description": "", "state": "merged", "draft": False},
    **{"source_branch": "SHOP-7-labels", "target_branch": "main", "sha": "c" * 40, "merge_commit_sha": "e" * 40},
    **{"squash_commit_sha": None, "web_url": f"{PAGE}/-/merge_requests/12"},
    **{"created_at": "2026-03-02T09:30:00.123Z", "updated_at": "2026-03-03T09:00:01.456Z"},
    **{"merged_at": "2026-03-03T09:00:00.789Z", "closed_at": None},
    "author": {"id": 11, "username": "ann-example"},
    "merge_user": {"id": 12, "username": "bob-example"},
}
SINCE = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def project(world: World) -> World:
    """A project with one pipeline that ended, one that runs, and one change."""
    about = {"id": 7, "name": "Cart", "web_url": PAGE, "path_with_namespace": "shop/cart", "default_branch": "main"}
    listed = [PIPELINE, {"id": 82, "status": "running"}]
    server = world.server
    server.on("GET", PROJECT, lambda _: Answer(about))
    server.on("GET", rf"{PROJECT}/pipelines", lambda asked: server.page(asked, listed))
    server.on("GET", rf"{PROJECT}/pipelines/81", lambda _: Answer(PIPELINE))
    server.on("GET", rf"{PROJECT}/pipelines/81/jobs", lambda asked: server.page(asked, [JOB]))
    server.on("GET", rf"{PROJECT}/merge_requests", lambda asked: server.page(asked, [MERGED]))
    return world


def items(world: World, part: Part) -> list[Item]:
    found = GitLab().read(world.api(), "shop/cart", part, SINCE, NOW, None)
    return [item for some in found for item in some.items]


def test_a_pipeline_that_ended_is_read_with_its_jobs_as_its_hook_tells_them(project: World) -> None:
    [run] = items(project, "runs")
    assert run.event == run.payload["object_kind"] == "pipeline"
    told = run.payload["object_attributes"]
    assert (told["created_at"], told["finished_at"]) == ("2026-03-02 11:00:00 UTC", "2026-03-02 11:05:00 UTC")
    [job] = run.payload["builds"]
    assert (job["name"], job["started_at"]) == ("unit", "2026-03-02 11:00:20 UTC")
    assert run.payload["project"]["path_with_namespace"] == "shop/cart"
    [asked] = [one.query for one in project.server.asked if one.path == f"{PROJECT}/pipelines"]
    assert asked["updated_after"] == "2026-03-02T00:00:00+00:00"
    assert asked["updated_before"] == "2026-03-09T12:00:00+00:00"


@pytest.mark.parametrize(
    ("changed", "action", "at", "who"),
    [
        ({}, "merge", "2026-03-03 09:00:00 UTC", "bob-example"),
        (
            {"state": "closed", "merged_at": None, "closed_at": "2026-03-04T08:00:00.5Z", "closed_by": None},
            *("close", "2026-03-04 08:00:00 UTC", None),
        ),
        ({"state": "opened", "merged_at": None}, "open", "2026-03-02 09:30:00 UTC", "ann-example"),
    ],
)
def test_a_change_is_read_as_it_was_told_last(
    project: World, changed: dict[str, Any], action: str, at: str, who: str | None
) -> None:
    project.server.on("GET", rf"{PROJECT}/merge_requests", lambda asked: project.server.page(asked, [MERGED | changed]))
    [change] = items(project, "changes")
    told = change.payload["object_attributes"]
    assert (told["action"], told["actioned_at"], told["last_commit"]) == (action, at, {"id": "c" * 40})
    assert (change.payload["user"] or {}).get("username") == who


def test_pages_are_read_on_from_where_it_was(project: World) -> None:
    many = [PIPELINE] * 150
    project.server.on("GET", rf"{PROJECT}/pipelines", lambda asked: project.server.page(asked, many))
    found = GitLab().read(project.api(), "shop/cart", "runs", SINCE, NOW, None)
    sizes = [(len(some.items), some.cursor) for some in found]
    assert sizes == [(100, "2"), (50, None)]
    rest = GitLab().read(project.api(), "shop/cart", "runs", SINCE, NOW, "2")
    assert [len(some.items) for some in rest] == [50]


@HEARS_GITLAB
def test_what_is_read_is_the_fact_that_a_hook_would_have_told(project: World) -> None:
    source = find_source("gitlab")
    through = Through(
        source, lambda event, body: signed_headers("gitlab", event, body, SECRET), lambda _: set(), project.post
    )
    done = project.reconciler(GitLab()).read("shop/cart", SINCE, NOW, through)
    assert (done.read, done.posted, done.dead_letters) == (2, 2, 0)
    ids = []
    for headers, body in project.posted:
        delivery = Delivery("gitlab", headers, body, None, datetime.now(UTC))
        source.verify(delivery, [SECRET])
        reading = read(delivery, source, b"")
        assert reading.outcome == "accepted", reading.reason
        ids += [event.id for event in reading.events]
    merged = json.loads((FIXTURES / "merge_request/merged.events.json").read_text())
    assert ids[1:] == [event["id"] for event in merged]
