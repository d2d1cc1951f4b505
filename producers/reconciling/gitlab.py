"""GitLab: events of a project's webhook, pipelines, merge requests.

https://docs.gitlab.com/api/project_webhooks/, …/api/pipelines/, …/api/jobs/, …/api/merge_requests/
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from producers.reconciling.api import Api
from producers.reconciling.attempts import Attempt
from producers.reconciling.vendor import Item, Part, Some, is_ours

_PAGE = 100
_ENDED = frozenset({"success", "failed", "canceled", "skipped"})


class GitLab:
    """See Reconcilable. GitLab keeps events of a hook for seven days, and repeats five of them a minute."""

    source = "gitlab"
    address = "https://gitlab.com/api/v4"
    token = "env:GITLAB_TOKEN"

    def headers(self, token: str) -> dict[str, str]:
        """See Reconcilable."""
        return {"private-token": token, "user-agent": "pipegauge"}

    def hooks(self, api: Api, repository: str) -> list[int]:
        """See Reconcilable."""
        found = _pages(api, f"{_project(repository)}/hooks")
        return [hook["id"] for hook in found if is_ours(hook.get("url"), self.source)]

    def attempts(self, api: Api, repository: str, hook: int, since: datetime) -> Iterator[Attempt]:
        """See Reconcilable. GitLab does not tell when an attempt was: all that it knows are looked at."""
        for one in _pages(api, f"{_project(repository)}/hooks/{hook}/events"):
            status, headers = str(one["response_status"]), one.get("request_headers") or {}
            key = headers.get("Idempotency-Key") or headers.get("X-Gitlab-Event-UUID") or str(one["id"])
            yield Attempt(one["id"], key, one["trigger"], len(status) == 3 and status.startswith("2"))

    def redeliver(self, api: Api, repository: str, hook: int, attempt: Attempt) -> bool:
        """See Reconcilable. GitLab answers with what the gateway answered."""
        answer = api.post(f"{_project(repository)}/hooks/{hook}/events/{attempt.id}/resend")
        return str((answer or {}).get("response_status", "")).startswith("2")

    def read(
        self, api: Api, repository: str, part: Part, since: datetime, until: datetime, cursor: str | None
    ) -> Iterator[Some]:
        """See Reconcilable."""
        path = _project(repository)
        project = api.get(path).value
        query: dict[str, str | int] = {"updated_after": since.isoformat(), "updated_before": until.isoformat()}
        query |= {"order_by": "updated_at", "sort": "asc", "per_page": _PAGE}
        query |= {} if part == "runs" else {"scope": "all", "state": "all"}
        number = int(cursor) if cursor else 1
        while True:
            kind = "pipelines" if part == "runs" else "merge_requests"
            page = api.get(f"{path}/{kind}", **query, page=number)
            if part == "runs":
                items = [_run(api, path, project, one["id"]) for one in page.value if one["status"] in _ENDED]
            else:
                items = [_change(project, one) for one in page.value]
            number += 1
            yield Some(items, str(number) if page.following else None)
            if page.following is None:
                return

    def completed(self, api: Api, repository: str, item: Item) -> Item:
        """See Reconcilable: all was told."""
        return item


def _project(repository: str) -> str:
    return f"projects/{quote(repository, safe='')}"


def _pages(api: Api, path: str) -> Iterator[dict[str, Any]]:
    page = api.get(path, per_page=_PAGE)
    yield from page.value
    while page.following:
        page = api.get(page.following)
        yield from page.value


def _run(api: Api, path: str, project: dict[str, Any], number: int) -> Item:
    """A pipeline with its jobs, as its hook tells them."""
    run = api.get(f"{path}/pipelines/{number}").value
    jobs = list(_pages(api, f"{path}/pipelines/{number}/jobs"))
    about = {name: run.get(name) for name in ("id", "iid", "name", "ref", "tag", "sha", "source", "status", "duration")}
    times = {name: _hook_time(run.get(name)) for name in ("created_at", "finished_at")}
    return Item(
        "pipeline",
        {
            "object_kind": "pipeline",
            "object_attributes": {**about, **times, "url": run["web_url"]},
            "user": run.get("user"),
            "project": _told(project),
            "commit": _commit(jobs),
            "builds": [_job(job) for job in jobs],
        },
    )


def _commit(jobs: list[dict[str, Any]]) -> dict[str, Any] | None:
    commit = jobs[0].get("commit") if jobs else None
    return {"id": commit["id"], "message": commit.get("message")} if commit else None


def _job(job: dict[str, Any]) -> dict[str, Any]:
    about = {name: job.get(name) for name in ("id", "stage", "name", "status", "allow_failure")}
    return about | {name: _hook_time(job.get(name)) for name in ("created_at", "started_at", "finished_at")}


def _change(project: dict[str, Any], change: dict[str, Any]) -> Item:
    """A merge request as it was told last: merged, closed or opened."""
    action = {"merged": "merge", "closed": "close"}.get(change["state"], "open")
    ended = {"merge": change.get("merged_at"), "close": change.get("closed_at")}.get(action)
    who = {"merge": change.get("merge_user") or change.get("merged_by"), "close": change.get("closed_by")}
    same = ("id", "iid", "source_branch", "target_branch", "title", "description", "state", "draft")
    shas = ("merge_commit_sha", "squash_commit_sha")
    return Item(
        "merge_request",
        {
            "object_kind": "merge_request",
            "user": who.get(action, change.get("author")),
            "project": _told(project),
            "object_attributes": {
                **{name: change.get(name) for name in (*same, *shas)},
                **{name: _hook_time(change.get(name)) for name in ("created_at", "updated_at", "merged_at")},
                "author_id": (change.get("author") or {}).get("id"),
                "actioned_at": _hook_time(ended or change.get("created_at")),
                "url": change["web_url"],
                "last_commit": {"id": change["sha"]} if change.get("sha") else None,
                "action": action,
            },
            "assignees": change.get("assignees") or [],
            "reviewers": change.get("reviewers") or [],
        },
    )


def _told(project: dict[str, Any]) -> dict[str, Any]:
    return {name: project.get(name) for name in ("id", "name", "web_url", "path_with_namespace", "default_branch")}


def _hook_time(moment: str | None) -> str | None:
    """A time as hooks write it: without the fraction of the second, so that the fact is the one that a hook told."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else None
