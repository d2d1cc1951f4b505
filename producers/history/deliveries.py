"""Pushes and tags as bodies of the source `git`: many in one delivery, few enough for one record. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from producers.history.git import Repository, Tag
from producers.history.mainline import PlainCommit, Push
from producers.signatures import sha256_of
from producers.sources.git import EVENT_HEADER, SIGNATURE_HEADER
from schemas.deliveries import Secret

MOST_COMMITS = 500
MOST_TAGS = 500
MOST_PATHS = 50_000
"""Commits, tags and paths of one delivery."""


def commit_bodies(repository: Repository, name: str, pushes: Iterable[Push]) -> Iterator[tuple[bytes, int]]:
    """The bodies of `commits` deliveries of the repository under `name`, and how many commits are in each."""
    head = _head(repository, name) | {"branch": repository.branch, "default_branch": repository.default_branch}
    batch: list[Push] = []
    commits = paths = 0
    for push in pushes:
        more = len(push.commits), sum(len(commit.paths or ()) for commit in push.commits)
        if batch and (commits + more[0] > MOST_COMMITS or paths + more[1] > MOST_PATHS):
            yield orjson.dumps(head | {"pushes": list(map(_push, batch))}), commits
            batch, commits, paths = [], 0, 0
        batch.append(push)
        commits, paths = commits + more[0], paths + more[1]
    if batch:
        yield orjson.dumps(head | {"pushes": list(map(_push, batch))}), commits


def tag_bodies(repository: Repository, name: str, tags: list[Tag]) -> Iterator[tuple[bytes, int]]:
    """The bodies of `tags` deliveries of the repository under `name`, and how many tags are in each."""
    for start in range(0, len(tags), MOST_TAGS):
        some = tags[start : start + MOST_TAGS]
        told = [{"name": tag.name, "sha": tag.sha, "at": tag.at} for tag in some]
        yield orjson.dumps(_head(repository, name) | {"tags": told}), len(some)


def signed_headers(event: str, body: bytes, secret: Secret) -> dict[str, str]:
    """The headers of a delivery; `event` is `commits` or `tags`."""
    return {
        "content-type": "application/json",
        EVENT_HEADER: event,
        SIGNATURE_HEADER: f"sha256={sha256_of(body, secret)}",
    }


def _head(repository: Repository, name: str) -> dict[str, Any]:
    return {"repository": name, "url": repository.url}


def _push(push: Push) -> dict[str, Any]:
    commits = list(map(_commit, push.commits))
    return {"before": push.before, "complete": push.complete, "began_at": push.began_at, "commits": commits}


def _commit(commit: PlainCommit) -> dict[str, Any]:
    return {
        "sha": commit.sha,
        "parents": commit.parents,
        "authored_at": commit.authored_at,
        "committed_at": commit.committed_at,
        "author": {"name": commit.name, "email": commit.email},
        "subject": commit.subject,
        "paths": commit.paths,
    }
