"""GitHub: deliveries of a repository's webhook, workflow runs, pull requests.

https://docs.github.com/en/rest/repos/webhooks, …/rest/actions/workflow-runs, …/rest/pulls/pulls
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from producers.reconciling.api import Api, NotFound
from producers.reconciling.attempts import Attempt
from producers.reconciling.vendor import Item, Part, Some, is_ours

_PAGE = 100
_DAY = timedelta(days=1)
_SHORTEST = timedelta(minutes=1)
_MOST_FOUND = 1_000
"""Runs that GitHub lists of one search."""
_BETWEEN_POSTS_S = 1.0


class GitHub:
    """See Reconcilable. GitHub keeps deliveries for three days."""

    source = "github"
    address = "https://api.github.com"
    token = "env:GITHUB_TOKEN"

    def headers(self, token: str) -> dict[str, str]:
        """See Reconcilable."""
        return {
            "accept": "application/vnd.github+json",
            "authorization": f"Bearer {token}",
            "x-github-api-version": "2022-11-28",
            "user-agent": "pipegauge",
        }

    def hooks(self, api: Api, repository: str) -> list[int]:
        """See Reconcilable."""
        found = _pages(api, f"repos/{repository}/hooks")
        return [hook["id"] for hook in found if is_ours(hook.get("config", {}).get("url"), self.source)]

    def attempts(self, api: Api, repository: str, hook: int, since: datetime) -> Iterator[Attempt]:
        """See Reconcilable."""
        for one in _pages(api, f"repos/{repository}/hooks/{hook}/deliveries"):
            if datetime.fromisoformat(one["delivered_at"]) < since:
                return  # the newest come first
            yield Attempt(one["id"], one["guid"], one["event"], 200 <= (one["status_code"] or 0) < 300)

    def redeliver(self, api: Api, repository: str, hook: int, attempt: Attempt) -> bool:
        """See Reconcilable. Whether it arrived is only known later."""
        api.post(f"repos/{repository}/hooks/{hook}/deliveries/{attempt.id}/attempts")
        api.pause(_BETWEEN_POSTS_S)
        return True

    def read(
        self, api: Api, repository: str, part: Part, since: datetime, until: datetime, cursor: str | None
    ) -> Iterator[Some]:
        """See Reconcilable. Runs are found by when they were created: a rerun of an older run is not among them."""
        if part == "runs":
            yield from _runs(api, repository, datetime.fromisoformat(cursor) if cursor else since, until)
        else:
            yield from _changes(api, repository, since, until, cursor)

    def completed(self, api: Api, repository: str, item: Item) -> Item:
        """See Reconcilable: who closed a pull request."""
        change = item.payload.get("pull_request")
        if change is None or change["state"] != "closed":
            return item
        if change.get("merged_at"):
            sender = api.get(f"repos/{repository}/pulls/{change['number']}").value.get("merged_by")
        else:
            sender = api.get(f"repos/{repository}/issues/{change['number']}").value.get("closed_by")
        return Item(item.event, {**item.payload, "sender": sender})


def _pages(api: Api, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
    page = api.get(path, per_page=_PAGE, **query)
    yield from page.value
    while page.following:
        page = api.get(page.following)
        yield from page.value


def _runs(api: Api, repository: str, since: datetime, until: datetime) -> Iterator[Some]:
    """A day at a time, or so short a time that GitHub lists all of it."""
    span = _DAY
    while since < until:
        end = min(since + span, until)
        # Both ends of a range count, and run on whole seconds.
        created = f"{_second(since)}..{_second(end - timedelta(seconds=1))}"
        page = api.get(f"repos/{repository}/actions/runs", created=created, per_page=_PAGE)
        if page.value["total_count"] > _MOST_FOUND and span > _SHORTEST:
            span /= 2
            continue
        items: list[Item] = []
        while True:
            for run in page.value["workflow_runs"]:
                items += _attempts(api, repository, run)
            if page.following is None:
                break
            page = api.get(page.following)
        since, span = end, _DAY
        yield Some(items, since.isoformat() if since < until else None)


def _attempts(api: Api, repository: str, run: dict[str, Any]) -> Iterator[Item]:
    """A run that ended, and its earlier attempts."""
    for number in range(1, run.get("run_attempt") or 1):
        try:
            yield _run(api.get(f"repos/{repository}/actions/runs/{run['id']}/attempts/{number}").value)
        except NotFound:  # GitHub has forgotten it
            continue
    if run["status"] == "completed":
        yield _run(run)


def _run(run: dict[str, Any]) -> Item:
    return Item("workflow_run", {"action": "completed", "workflow_run": run, "repository": run["repository"]})


def _changes(api: Api, repository: str, since: datetime, until: datetime, cursor: str | None) -> Iterator[Some]:
    query: dict[str, str | int] = {"state": "all", "sort": "updated", "direction": "desc", "per_page": _PAGE}
    number = int(cursor) if cursor else 1
    while True:
        page = api.get(f"repos/{repository}/pulls", **query, page=number)
        touched = [(datetime.fromisoformat(one["updated_at"]), one) for one in page.value]
        items = [_change(one) for at, one in touched if since <= at < until]
        is_last = page.following is None or any(at < since for at, _ in touched)
        number += 1
        yield Some(items, None if is_last else str(number))
        if is_last:
            return


def _change(change: dict[str, Any]) -> Item:
    """A pull request as it was told last: closed, or opened."""
    action = "closed" if change["state"] == "closed" else "opened"
    payload = {"action": action, "pull_request": change, "repository": change["base"]["repo"]}
    return Item("pull_request", payload | ({"sender": change["user"]} if action == "opened" else {}))


def _second(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
