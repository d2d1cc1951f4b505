"""GitHub-shaped bodies of a given size, each about another run or pull request, made up throughout."""

import json
from collections.abc import Iterator
from typing import Any

REPOSITORY = "acme/shop"
_API = f"https://api.github.com/repos/{REPOSITORY}"
_PARTS = """
    forks keys collaborators teams hooks issue_events events assignees branches tags blobs git_tags git_refs trees
    statuses languages stargazers contributors subscribers subscription commits git_commits comments issue_comment
    contents compare merges archive downloads issues pulls milestones notifications labels releases deployments
""".split()  # noqa: SIM905
_USER_PARTS = ("followers", "following", "gists", "starred", "events", "repos", "orgs")


def bodies(count: int, size: int) -> Iterator[tuple[str, bytes]]:
    """Event names and bodies of about `size` bytes: workflow_run and pull_request by turns."""
    for number in range(count):
        name, payload = (
            ("workflow_run", _workflow_run(number)) if number % 2 else ("pull_request", _pull_request(number))
        )
        payload |= {"repository": _repository(), "sender": _user("sender"), "organization": _user("acme")}
        yield name, _padded(payload, size)


def _padded(payload: dict[str, Any], size: int) -> bytes:
    """GitHub's long bodies are long by repeated users and repositories: so is the padding."""
    missing = size - len(json.dumps(payload))
    one = len(json.dumps(_user("reviewer-00"))) + 2
    return json.dumps(payload | {"reviewers": [_user(f"reviewer-{n:02}") for n in range(missing // one)]}).encode()


def _user(login: str) -> dict[str, Any]:
    url = f"https://api.github.com/users/{login}"
    links = {f"{part}_url": f"{url}/{part}" for part in _USER_PARTS}
    known = {"login": login, "id": 7, "node_id": "MDQ6VXNlcjc=", "type": "User", "site_admin": False}
    return known | {"url": url, "html_url": f"https://github.com/{login}"} | links


def _repository() -> dict[str, Any]:
    known = {"id": 1, "name": "shop", "full_name": REPOSITORY, "private": False, "owner": _user("acme")}
    known |= {
        "html_url": f"https://github.com/{REPOSITORY}",
        "url": _API,
        "default_branch": "main",
        "topics": ["a", "b"],
    }
    known |= {
        "created_at": "2020-01-01T00:00:00Z",
        "pushed_at": "2026-01-05T09:59:00Z",
        "description": None,
        "size": 1234,
    }
    return known | {f"{part}_url": f"{_API}/{part}{{/sha}}" for part in _PARTS}


def _workflow_run(number: int) -> dict[str, Any]:
    run = {
        "id": 9_000_000_000 + number,
        "name": "build",
        "path": ".github/workflows/build.yml",
        "workflow_id": 42,
        "run_number": number,
        "run_attempt": 1,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "head_branch": "main",
        "head_sha": f"{number:040x}",
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{number}",
        "url": f"{_API}/actions/runs/{number}",
        "created_at": "2026-01-05T10:00:00Z",
        "run_started_at": "2026-01-05T10:00:05Z",
        "updated_at": "2026-01-05T10:07:00Z",
        "pull_requests": [],
        "actor": _user("ann"),
        "triggering_actor": _user("ann"),
        "head_commit": {"id": f"{number:040x}", "message": "Speed up", "timestamp": "2026-01-05T09:59:00Z"},
        "repository": _repository(),
        "head_repository": _repository(),
    }
    return {"action": "completed", "workflow_run": run, "workflow": {"id": 42, "name": "build", "state": "active"}}


def _pull_request(number: int) -> dict[str, Any]:
    change = {
        "id": 8_000_000_000 + number,
        "number": number,
        "state": "open",
        "draft": False,
        "merged": False,
        "title": f"Speed up the cart, part {number}",
        "body": "It was slow.",
        "user": _user("ben"),
        "html_url": f"https://github.com/{REPOSITORY}/pull/{number}",
        "url": f"{_API}/pulls/{number}",
        "created_at": "2026-01-05T10:00:00Z",
        "updated_at": "2026-01-05T10:07:00Z",
        "merged_at": None,
        "closed_at": None,
        "merge_commit_sha": None,
        "head": {"ref": "faster", "sha": f"{number:040x}", "user": _user("ben"), "repo": _repository()},
        "base": {"ref": "main", "sha": "f" * 40, "user": _user("acme"), "repo": _repository()},
        "requested_reviewers": [_user("ann")],
        "assignees": [],
        "commits": 3,
        "additions": 30,
        "deletions": 3,
    }
    return {"action": "opened", "number": number, "pull_request": change}
