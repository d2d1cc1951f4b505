"""A repository's history: what is read of it, what it says, and that saying it twice says nothing new."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from producers.history.deliveries import commit_bodies, signed_headers, tag_bodies
from producers.history.git import HistoryError, open_repository, read_commits, read_tags
from producers.history.importing import import_history
from producers.history.mainline import Push, pushes
from producers.history.posting import PostingError
from producers.source import BadSignature
from producers.sources.git import SOURCE
from schemas.deliveries import Answer, Delivery, Secret
from schemas.events import ChangeUpdated, CommitsPushed, DeploymentUpdated, Event
from tests.producers.generated_repository import BEGIN, Made, extend_repository, git, make_repository

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = Secret(b"a made-up secret")
CONSOLE = Console(quiet=True)

STORY = [
    Made("Begin"),
    Made("Speed up the cart (#12)", (1,), ("src/cart.py", "docs/cart.md"), authored_at=BEGIN - 3600),
    Made("SHOP-7 Try a new basket", (1,), ("src/basket.py",), authored_at=BEGIN - 7200),
    Made("Basket: tests", (3,), ("tests/basket.py",)),
    Made("Merge pull request #13 from acme/basket", (2, 4), ("src/basket.py", "tests/basket.py")),
    Made("Fix a typo", (5,), ("README.md",)),
]


def events_of(path: Path, tags: str = "*") -> list[Event]:
    repository = open_repository(path)
    found = [("commits", body) for body, _ in commit_bodies(repository, repository.name, _pushes(path))]
    found += [("tags", body) for body, _ in tag_bodies(repository, repository.name, read_tags(repository, tags))]
    return [event for name, body in found for event in normalised(name, body)]


def normalised(name: str, body: bytes) -> list[Event]:
    headers = signed_headers(name, body, SECRET)
    delivery = Delivery("git", headers, body, None, NOW, orjson.loads(body))
    SOURCE.verify(delivery, [SECRET])
    return SOURCE.normalise(delivery)


def _pushes(path: Path) -> Iterator[Push]:
    repository = open_repository(path)
    return pushes(read_commits(repository), repository)


def changes(events: list[Event]) -> dict[str, ChangeUpdated]:
    return {event.change: event for event in events if isinstance(event, ChangeUpdated)}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_each_commit_of_the_first_parent_line_is_a_push_of_what_it_brought(tmp_path: Path) -> None:
    told = [event for event in events_of(make_repository(tmp_path, STORY)) if isinstance(event, CommitsPushed)]
    assert [len(push.commits) for push in told] == [1, 1, 3, 1]
    assert all(push.history and push.default_branch and push.branch == "main" for push in told)
    assert [push.before for push in told] == [None, *(push.after for push in told[:-1])]
    assert [commit.distinct for commit in told[2].commits] == [False, False, True]
    assert told[2].links.tickets == ("SHOP-7",)


def test_a_commit_knows_its_parents_paths_and_change(tmp_path: Path) -> None:
    told = [event for event in events_of(make_repository(tmp_path, STORY)) if isinstance(event, CommitsPushed)]
    squash, merge = told[1].commits[0], told[2].commits[-1]
    assert (squash.change, squash.parents, squash.paths) == ("12", (told[0].after,), ("docs/cart.md", "src/cart.py"))
    assert merge.parents == (told[1].after, told[2].commits[1].sha)
    assert merge.paths == ("src/basket.py", "tests/basket.py"), "a merge has the paths that it brought"


def test_a_squash_is_a_merged_change_whose_first_commit_nobody_knows(tmp_path: Path) -> None:
    change = changes(events_of(make_repository(tmp_path, STORY)))["12"]
    assert (change.action, change.state, change.history) == ("merged", "merged", True)
    assert (change.created_at, change.merged_at) == (at(BEGIN + 120), at(BEGIN + 120))
    assert (change.first_commit_at, change.head_sha) == (None, None)


def test_a_merge_is_a_change_that_began_with_the_earliest_commit_it_brought(tmp_path: Path) -> None:
    events = events_of(make_repository(tmp_path, STORY))
    change = changes(events)["13"]
    push = next(event for event in events if isinstance(event, CommitsPushed) and event.after == change.merge_sha)
    assert change.first_commit_at == at(BEGIN - 7200)
    assert change.merged_at == at(BEGIN + 300)
    assert change.head_sha == push.commits[1].sha


def test_tags_are_deployments_into_production_at_their_own_time(tmp_path: Path) -> None:
    make_repository(tmp_path, STORY)
    git(tmp_path, "tag", "v1", "main~1")
    environment = {**os.environ, "GIT_COMMITTER_DATE": f"{BEGIN + 9000} +0000"}
    command = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.org", "tag", "-am", "two"]
    subprocess.run([*command, "v2", "main"], check=True, env=environment)
    git(tmp_path, "tag", "tree", "main^{tree}")
    told = {event.deployment: event for event in events_of(tmp_path) if isinstance(event, DeploymentUpdated)}
    assert set(told) == {"v1", "v2"}, "a tag of no commit deploys nothing"
    assert told["v1"].finished_at == at(BEGIN + 300)
    assert told["v2"].finished_at == told["v2"].created_at == at(BEGIN + 9000)
    assert told["v2"].sha == git(tmp_path, "rev-parse", "main")
    assert (told["v2"].tier, told["v2"].environment, told["v2"].state) == ("production", "production", "succeeded")


def test_a_glob_chooses_the_tags_that_are_deployments(tmp_path: Path) -> None:
    make_repository(tmp_path, STORY)
    for name in ("v1", "release/2", "nightly"):
        git(tmp_path, "tag", name)
    assert {tag.name for tag in read_tags(open_repository(tmp_path), "release/*")} == {"release/2"}


def test_later_commits_leave_every_earlier_event_as_it_was(tmp_path: Path) -> None:
    before = events_of(make_repository(tmp_path, STORY))
    later = [*STORY, Made("Old work", (1,), ("old.py",)), Made("Merge pull request #14 from acme/old", (6, 7), ())]
    extend_repository(tmp_path, later)
    after = events_of(tmp_path)
    assert after[: len(before)] == before
    assert [event.type for event in after[len(before) :]] == ["CommitsPushed", "ChangeUpdated"]


def test_events_do_not_depend_on_how_pushes_are_put_into_deliveries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = events_of(make_repository(tmp_path, STORY))
    monkeypatch.setattr("producers.history.deliveries.MOST_COMMITS", 2)
    assert events_of(tmp_path) == whole


def test_a_very_large_merge_is_cut_where_it_is_always_cut(tmp_path: Path) -> None:
    side = [Made("Work", (mark - 1,), (f"{mark}.py",)) for mark in range(2, 452)]
    story = [Made("Begin"), *side, Made("Merge pull request #2 from acme/large", (1, 451), ())]
    told = [event for event in events_of(make_repository(tmp_path, story)) if isinstance(event, CommitsPushed)]
    assert [len(push.commits) for push in told] == [1, 200, 200, 51]
    assert [commit.distinct for push in told for commit in push.commits].count(True) == 2
    assert len({push.id for push in told}) == 4
    assert changes(events_of(tmp_path))["2"].first_commit_at == at(BEGIN + 120)


def test_file_names_of_any_bytes_and_subjects_of_any_shape_are_read(tmp_path: Path) -> None:
    make_repository(tmp_path, STORY)
    git(tmp_path, "reset", "--hard", "--quiet")
    for name in (b"new\nline.py", b"caf\xe9.txt", "straße.md".encode()):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one\x1ftwo", "-m", "Co-authored-by: Cid <cid@example.org>")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", "")
    *_, strange, empty = read_commits(open_repository(tmp_path))
    assert set(strange.paths or ()) == {"new\nline.py", "caf�.txt", "straße.md"}
    assert strange.subject == "one\x1ftwo", "what follows the subject names people and is not read"
    assert (empty.subject, empty.paths) == ("", ())


@pytest.mark.parametrize(
    ("remote", "name", "url"),
    [
        ("git@git.example.org:acme/checkout.git", "acme/checkout", "https://git.example.org/acme/checkout"),
        ("https://ann:token@git.example.org/acme/checkout", "acme/checkout", "https://git.example.org/acme/checkout"),
        ("ssh://git@git.example.org:2222/acme/checkout.git/", "acme/checkout", "https://git.example.org/acme/checkout"),
        ("git@gitserver:acme/checkout", "acme/checkout", "https://gitserver/acme/checkout"),
        ("../elsewhere", "shop", "urn:git:shop"),
        (None, "shop", "urn:git:shop"),
    ],
)
def test_a_repository_is_called_as_its_remote_or_its_folder(
    tmp_path: Path, remote: str | None, name: str, url: str
) -> None:
    path = make_repository(tmp_path / "shop", STORY)
    if remote is not None:
        git(path, "remote", "add", "origin", remote)
    repository = open_repository(path)
    assert (repository.name, repository.url) == (name, url)


def test_a_folder_without_a_repository_or_without_commits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no folder"):
        open_repository(tmp_path / "nowhere")
    with pytest.raises(HistoryError, match="not a git repository"):
        open_repository(tmp_path)
    git(tmp_path, "init", "--quiet", ".")
    with pytest.raises(HistoryError, match="no commits yet"):
        open_repository(tmp_path)


def test_a_shallow_clone_is_read_and_said_to_be_one(tmp_path: Path) -> None:
    make_repository(tmp_path / "whole", STORY)
    git(tmp_path, "clone", "--quiet", "--depth=2", f"file://{tmp_path}/whole", "shallow")
    repository = open_repository(tmp_path / "shallow")
    assert repository.shallow
    assert events_of(tmp_path / "shallow")


def test_what_was_not_signed_is_refused() -> None:
    body = b'{"repository": "acme/shop"}'
    delivery = Delivery("git", {"x-pipegauge-event": "commits"}, body, None, NOW, {})
    with pytest.raises(BadSignature, match="missing"):
        SOURCE.verify(delivery, [SECRET])


@pytest.mark.timeout(200)  # seconds, unless each commit looks at all others
def test_ten_thousand_commits_are_read_and_said_once(tmp_path: Path) -> None:
    story = [Made("Begin"), *(Made(f"Work (#{mark})", (mark - 1,), (f"{mark % 90}.py",)) for mark in range(2, 10_001))]
    make_repository(tmp_path, story)
    events = events_of(tmp_path)
    assert len({event.id for event in events}) == len(events) == 2 * 10_000 - 1


def answer(headers: Mapping[str, str], body: bytes) -> Answer:
    ids = tuple(event.id for event in normalised(headers["x-pipegauge-event"], body))
    return Answer(delivery="made up", outcome="accepted", stored="kafka", events=ids)


def test_an_import_files_all_under_the_service_that_was_named(tmp_path: Path) -> None:
    make_repository(tmp_path, STORY)
    git(tmp_path, "tag", "v1")
    bodies: list[bytes] = []

    def post(headers: Mapping[str, str], body: bytes) -> Answer:
        bodies.append(body)
        return answer(headers, body)

    imported = import_history(tmp_path, "checkout", "v*", SECRET, post, CONSOLE)
    assert (imported.name, imported.commits, imported.tags) == ("checkout", 6, 1)
    assert (imported.deliveries, imported.events, imported.dead_letters) == (2, 7, 0)
    assert {json.loads(body)["repository"] for body in bodies} == {"checkout"}


def test_an_import_ends_with_what_the_gateway_said(tmp_path: Path) -> None:
    def post(headers: Mapping[str, str], body: bytes) -> Answer:
        raise PostingError("no gateway there")

    make_repository(tmp_path, STORY)
    with pytest.raises(PostingError, match="no gateway there"):
        import_history(tmp_path, None, "*", SECRET, post, CONSOLE)
