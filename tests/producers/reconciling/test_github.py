"""Reconciling with GitHub, against a server that answers as its public description says."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from producers.gateway import read
from producers.reconciling.api import VendorError
from producers.reconciling.github import GitHub
from producers.reconciling.reconciler import Reconciled, Through
from producers.reconciling.state import StateError
from producers.registry import find_source
from producers.sender import signed_headers
from schemas.codec import encode_event
from schemas.deliveries import Delivery, Secret
from tests.producers.reconciling.conftest import NOW, World
from tests.producers.reconciling.vendor_server import Answer, Asked

FIXTURES = Path(__file__).parents[2] / "fixtures/sources/github"
SECRET = Secret(b"a secret of the hook")
SOURCE = find_source("github")
HOOKS = "/api/repos/acme/shop/hooks"
OURS = {"id": 7, "config": {"url": "https://gauge.example/hooks/github"}}
OTHERS = {"id": 8, "config": {"url": "https://chat.example/services/T0"}}


class Hook:
    """A repository's hook: its attempts, the newest first, and whether the gateway takes what is redelivered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.attempts: list[dict[str, Any]] = []
        self.gateway_answers = 202
        server = world.server
        server.on("GET", HOOKS, lambda _: Answer([OTHERS, OURS]))
        server.on("GET", rf"{HOOKS}/7/deliveries", self._list)
        server.on("POST", rf"{HOOKS}/7/deliveries/\d+/attempts", self._repeat)

    def attempt(self, guid: str, status: int, at: datetime = NOW - timedelta(hours=1), again: bool = False) -> None:
        told = {"id": 100 + len(self.attempts), "guid": guid, "delivered_at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        told |= {"redelivery": again, "duration": 0.1, "status": "OK" if status == 202 else "failed"}
        self.attempts.insert(0, told | {"status_code": status, "event": "workflow_run", "action": "completed"})

    def _list(self, asked: Asked) -> Answer:
        begin = int(asked.query.get("cursor", "0"))
        following = f'<{self.world.server.address}{asked.path}?per_page=2&cursor={begin + 2}>; rel="next"'
        more = begin + 2 < len(self.attempts)
        return Answer(self.attempts[begin : begin + 2], headers={"link": following} if more else {})

    def _repeat(self, asked: Asked) -> Answer:
        number = int(asked.path.split("/")[-2])
        guid = next(one["guid"] for one in self.attempts if one["id"] == number)
        self.attempt(guid, self.gateway_answers, NOW, again=True)
        return Answer({}, 202)


@pytest.fixture
def hook(world: World) -> Hook:
    return Hook(world)


def redeliver(world: World, dry: bool = False, now: datetime = NOW) -> Reconciled:
    since = NOW - timedelta(days=3)
    return world.reconciler(GitHub(), dry).redeliver("acme/shop", (), since, now)


def repeated(world: World) -> list[str]:
    return [path.split("/")[-2] for path in world.server.paths("POST")]


def test_what_never_arrived_is_redelivered_once_the_oldest_first(world: World, hook: Hook) -> None:
    for guid, status in (("a", 502), ("b", 202), ("c", 0), ("d", 401), ("d", 202), ("a", 502)):
        hook.attempt(guid, status)
    done = redeliver(world)
    assert (done.hooks, done.undelivered, done.redelivered) == (1, 2, 2)
    assert repeated(world) == ["102", "105"]
    assert world.slept == [1], "GitHub asks for a second between requests that change something"
    assert world.said == ["acme/shop hook 7: workflow_run c", "acme/shop hook 7: workflow_run a"]
    assert redeliver(world).undelivered == 0


def test_what_fails_again_is_redelivered_the_next_time(world: World, hook: Hook) -> None:
    hook.attempt("a", 502)
    hook.gateway_answers = 503
    assert redeliver(world).redelivered == 1
    assert redeliver(world).redelivered == 1
    assert repeated(world) == ["100", "101"]


def test_a_dry_run_asks_for_nothing_and_leaves_no_trace(world: World, hook: Hook) -> None:
    hook.attempt("a", 502)
    done = redeliver(world, dry=True)
    assert (done.undelivered, done.redelivered) == (1, 0)
    assert world.server.paths("POST") == []
    assert list(world.folder.iterdir()) == []


def test_what_is_older_than_asked_for_is_not_looked_at(world: World, hook: Hook) -> None:
    hook.attempt("a", 502, NOW - timedelta(days=4))
    assert redeliver(world).undelivered == 0


def test_it_goes_on_where_it_was_broken_off(world: World, hook: Hook) -> None:
    for guid in "abc":
        hook.attempt(guid, 502)
    shown = list(hook.attempts)
    world.server.on("GET", rf"{HOOKS}/7/deliveries", lambda _: Answer(shown))  # new attempts are not to be seen yet
    world.server.on("POST", rf"{HOOKS}/7/deliveries/101/attempts", lambda _: Answer({}, 401))
    world.server.routes = dict(reversed(world.server.routes.items()))  # the stricter route first
    with pytest.raises(VendorError, match="refuses the token"):
        redeliver(world)
    del world.server.routes["POST", rf"{HOOKS}/7/deliveries/101/attempts"]
    assert redeliver(world).redelivered == 2
    assert repeated(world) == ["100", "101", "101", "102"]


def test_a_repository_that_is_not_there_is_told_and_one_without_a_hook_too(world: World, hook: Hook) -> None:
    assert world.reconciler(GitHub()).redeliver("acme/gone", (), NOW, NOW).absent
    world.server.on("GET", HOOKS, lambda _: Answer([OTHERS]))
    assert redeliver(world).hooks == 0


def test_what_github_has_forgotten_meanwhile_is_in_vain(world: World, hook: Hook) -> None:
    hook.attempt("a", 502)
    world.server.on("POST", rf"{HOOKS}/7/deliveries/\d+/attempts", lambda _: Answer({}, 422))
    assert (redeliver(world).refused, redeliver(world).undelivered) == (1, 0)


def test_a_state_that_cannot_be_read_says_what_to_do(world: World) -> None:
    (world.folder / "state.json").write_text("{", "utf-8")
    with pytest.raises(StateError, match="delete it to begin anew"):
        world.reconciler(GitHub())


def fixture(event: str, case: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A delivery that a hook would send, and what becomes of it."""
    request, events = (
        json.loads((FIXTURES / event / f"{case}.{kind}.json").read_text()) for kind in ("request", "events")
    )
    return request["body"], events


RUN, RUN_EVENTS = fixture("workflow_run", "success")
MERGED, MERGED_EVENTS = fixture("pull_request", "merged")


class Repository:
    """A repository with one run, of two attempts, and one merged change, as GitHub's API tells them."""

    def __init__(self, world: World) -> None:
        self.known: set[str] = set()
        self.run = RUN["workflow_run"] | {"repository": RUN["repository"]}
        change = MERGED["pull_request"]
        self.change = change | {"base": change["base"] | {"repo": MERGED["repository"]}}
        self.total = 1
        server = world.server
        server.on("GET", r"/api/repos/acme/shop/actions/runs", self._runs)
        server.on("GET", r"/api/repos/acme/shop/actions/runs/\d+/attempts/1", lambda _: Answer(self.run))
        server.on("GET", r"/api/repos/acme/shop/pulls", lambda asked: server.page(asked, [self.change]))
        server.on("GET", r"/api/repos/acme/shop/pulls/\d+", lambda _: Answer({"merged_by": MERGED["sender"]}))
        self.ranges: list[str] = []

    def _runs(self, asked: Asked) -> Answer:
        """Runs that were created within the range."""
        self.ranges.append(asked.query["created"])
        begin, end = map(datetime.fromisoformat, asked.query["created"].split(".."))
        found = [self.run] if begin <= datetime.fromisoformat(self.run["created_at"]) <= end else []
        return Answer({"total_count": self.total if found else 0, "workflow_runs": found})

    def through(self, world: World) -> Through:
        return Through(
            SOURCE, lambda event, body: signed_headers("github", event, body, SECRET), self.stored, world.post
        )

    def stored(self, facts: Any) -> set[str]:
        return {fact.id for fact in facts if fact.id in self.known}


@pytest.fixture
def repository(world: World) -> Repository:
    return Repository(world)


SINCE = datetime.fromisoformat(RUN["workflow_run"]["created_at"]) - timedelta(hours=5)


def reading(world: World, repository: Repository, since: datetime | None = SINCE, dry: bool = False) -> Reconciled:
    return world.reconciler(GitHub(), dry).read("acme/shop", since, NOW, repository.through(world))


def events_of(world: World) -> list[Any]:
    """What becomes of what was posted, its signature checked."""
    found: list[Any] = []
    for headers, body in world.posted:
        delivery = Delivery("github", headers, body, None, datetime(2026, 3, 5, 12, tzinfo=UTC))
        SOURCE.verify(delivery, [SECRET])
        found += [
            json.loads(encode_event(event)) for event in read(delivery, SOURCE, b"the salt of the fixtures").events
        ]
    return found


def test_what_is_read_is_the_fact_that_a_hook_would_have_told(world: World, repository: Repository) -> None:
    done = reading(world, repository)
    assert (done.read, done.missing, done.posted) == (2, 2, 2)
    assert events_of(world) == [*RUN_EVENTS, *MERGED_EVENTS]


def test_what_is_stored_is_not_posted_and_not_asked_for_more(world: World, repository: Repository) -> None:
    repository.known = {event["id"] for event in (*RUN_EVENTS, *MERGED_EVENTS)}
    done = reading(world, repository)
    assert (done.read, done.missing, done.posted) == (2, 0, 0)
    assert not [path for path in world.server.paths("GET") if "/pulls/" in path]


def test_a_dry_run_says_what_is_missing_and_posts_nothing(world: World, repository: Repository) -> None:
    assert reading(world, repository, dry=True).missing == 2
    assert world.said[0] == "acme/shop: workflow_run, run 5028 of 2026-03-02 10:09"
    assert world.posted == []
    assert list(world.folder.iterdir()) == []


def test_every_attempt_of_a_run_is_read(world: World, repository: Repository) -> None:
    first = repository.run
    world.server.on("GET", r"/api/repos/acme/shop/actions/runs/\d+/attempts/1", lambda _: Answer(first))
    repository.run = first | {"run_attempt": 3, "updated_at": "2026-03-02T11:00:00Z"}
    reading(world, repository)
    attempts = [orjson.loads(body).get("workflow_run", {}).get("run_attempt") for _, body in world.posted]
    assert attempts == [1, 3, None], "GitHub has forgotten the second; the last is a change"


def test_a_day_of_too_many_runs_is_read_in_shorter_times(world: World, repository: Repository) -> None:
    repository.total = 3_000
    assert reading(world, repository).read == 2
    spans = [end - begin for begin, end in (map(datetime.fromisoformat, one.split("..")) for one in repository.ranges)]
    assert min(spans) < timedelta(minutes=1)
    assert max(spans) == timedelta(hours=24, seconds=-1)


def test_a_reading_that_was_broken_off_goes_on_and_the_next_begins_where_it_ended(
    world: World, repository: Repository
) -> None:
    world.server.on("GET", r"/api/repos/acme/shop/pulls", lambda _: Answer({}, 401))
    with pytest.raises(VendorError):
        reading(world, repository)
    days = len(repository.ranges)
    assert days == 8
    world.server.on("GET", r"/api/repos/acme/shop/pulls", lambda asked: world.server.page(asked, [repository.change]))
    assert reading(world, repository, since=None).read == 1, "the days were read but the last"
    assert len(repository.ranges) == days + 1
    later = NOW + timedelta(hours=2)
    world.reconciler(GitHub()).read("acme/shop", None, later, repository.through(world))
    assert repository.ranges[-1] == "2026-03-09T12:00:00Z..2026-03-09T13:59:59Z"
