"""Workflow runs with their jobs, check runs, check suites and commit statuses."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from deploy.demo.chance import identifier
from deploy.demo.company import TIDY_BOT, Repository
from deploy.demo.github.parts import API, WEB, account, envelope, repository_part, repository_url, stamp
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Check, Job, Run, Status, Verification


def verification_moments(verification: Verification) -> Iterator[Moment]:
    """The deliveries of everything that checks a commit."""
    for run in verification.runs:
        yield from _run_moments(run)
    for check in verification.checks:
        key = ("scan", check.repository.full_name, check.id)
        for at, action in ((check.started_at, "created"), (check.finished_at, "completed")):
            yield Moment(at, "check_run", (*key, action), partial(_scan, check, action))
    for status in verification.statuses:
        key = ("status", status.repository.full_name, status.id)
        yield Moment(status.at, "status", key, partial(_status, status))


def _run_moments(run: Run) -> Iterator[Moment]:
    key = ("run", run.repository.full_name, run.id, run.attempt)
    begun = min(job.started_at for job in run.jobs)
    for at, action in ((run.started_at, "requested"), (begun, "in_progress"), (run.finished_at, "completed")):
        yield Moment(at, "workflow_run", (*key, action), partial(_run, run, action, at))
    for job in run.jobs:
        done = partial(_job, run, job, "completed")
        if job.conclusion != "skipped":
            begin = partial(_job, run, job, "in_progress")
            yield Moment(job.started_at, "workflow_job", (*key, job.id, "in_progress"), begin)
        yield Moment(job.finished_at, "workflow_job", (*key, job.id, "completed"), done)
        yield Moment(job.finished_at, "check_run", (*key, job.id, "check"), partial(_check_of_job, run, job))
    yield Moment(run.finished_at, "check_suite", (*key, "suite"), partial(_suite, run))


def _run_url(run: Run) -> str:
    return f"{repository_url(run.repository)}/actions/runs/{run.id}"


def _run(run: Run, action: str, at: datetime) -> Body:
    done = action == "completed"
    workflow = {
        "id": identifier("workflow", run.repository.full_name, run.pipeline.name),
        "name": run.pipeline.name,
        "path": f".github/workflows/{run.pipeline.file}",
        "state": "active",
    }
    details = {
        "id": run.id,
        "name": run.pipeline.name,
        "node_id": f"WFR_{run.id:x}",
        "head_branch": run.branch,
        "head_sha": run.sha,
        "path": workflow["path"],
        "display_title": run.branch,
        "run_number": run.id % 100_000,
        "event": run.trigger,
        "status": "completed" if done else "queued" if action == "requested" else "in_progress",
        "conclusion": run.conclusion if done else None,
        "workflow_id": workflow["id"],
        "check_suite_id": _suite_id(run.repository, run.sha, "github-actions"),
        "url": f"{API}/repos/{run.repository.full_name}/actions/runs/{run.id}",
        "html_url": _run_url(run),
        "pull_requests": [],
        "created_at": stamp(run.created_at),
        "updated_at": stamp(at),
        "actor": account(run.actor),
        "run_attempt": run.attempt,
        "run_started_at": stamp(run.started_at),
        "triggering_actor": account(run.actor),
        "head_repository": {"id": repository_part(run.repository)["id"], "full_name": run.repository.full_name},
    }
    return {"action": action, "workflow_run": details, "workflow": workflow} | envelope(run.repository, run.actor)


def _job(run: Run, job: Job, action: str) -> Body:
    done = action == "completed"
    details = {
        "id": job.id,
        "run_id": run.id,
        "workflow_name": run.pipeline.name,
        "head_branch": run.branch,
        "run_url": f"{API}/repos/{run.repository.full_name}/actions/runs/{run.id}",
        "run_attempt": run.attempt,
        "node_id": f"CR_{job.id:x}",
        "head_sha": run.sha,
        "url": f"{API}/repos/{run.repository.full_name}/actions/jobs/{job.id}",
        "html_url": f"{_run_url(run)}/job/{job.id}",
        "status": action,
        "conclusion": job.conclusion if done else None,
        "created_at": stamp(job.queued_at),
        "started_at": stamp(job.started_at),
        "completed_at": stamp(job.finished_at) if done else None,
        "name": job.name,
        "steps": [],
        "labels": ["ubuntu-latest"],
        "runner_id": None if job.conclusion == "skipped" else job.id % 40,
    }
    return {"action": action, "workflow_job": details} | envelope(run.repository, run.actor)


def _suite_id(repository: Repository, sha: str, app: str) -> int:
    return identifier("suite", repository.full_name, sha, app)


def _app(slug: str) -> Body:
    number = identifier("app", slug)
    return {"id": number, "slug": slug, "name": slug, "html_url": f"{WEB}/apps/{slug}", "events": []}


def _check(repository: Repository, branch: str, sha: str, app: str, url: str) -> Body:
    suite = {"id": _suite_id(repository, sha, app), "head_branch": branch, "head_sha": sha, "app": _app(app)}
    return {
        "head_sha": sha,
        "external_id": "",
        "html_url": url,
        "output": {"title": None, "summary": None, "text": None, "annotations_count": 0},
        "check_suite": suite,
        "app": _app(app),
        "pull_requests": [],
    }


def _check_of_job(run: Run, job: Job) -> Body:
    check = _check(run.repository, run.branch, run.sha, "github-actions", f"{_run_url(run)}/job/{job.id}")
    check |= {
        "id": job.id,
        "node_id": f"CR_{job.id:x}",
        "name": job.name,
        "status": "completed",
        "conclusion": job.conclusion,
        "started_at": stamp(job.started_at),
        "completed_at": stamp(job.finished_at),
    }
    return {"action": "completed", "check_run": check} | envelope(run.repository, run.actor)


def _scan(scan: Check, action: str) -> Body:
    done = action == "completed"
    url = f"{repository_url(scan.repository)}/runs/{scan.id}"
    check = _check(scan.repository, scan.branch, scan.sha, "northwind-scanner", url)
    check |= {
        "id": scan.id,
        "node_id": f"CR_{scan.id:x}",
        "name": scan.gate,
        "status": "completed" if done else "in_progress",
        "conclusion": scan.conclusion if done else None,
        "started_at": stamp(scan.started_at),
        "completed_at": stamp(scan.finished_at) if done else None,
    }
    return {"action": action, "check_run": check} | envelope(scan.repository, TIDY_BOT)


def _suite(run: Run) -> Body:
    suite = {
        "id": _suite_id(run.repository, run.sha, "github-actions"),
        "head_branch": run.branch,
        "head_sha": run.sha,
        "status": "completed",
        "conclusion": run.conclusion,
        "created_at": stamp(run.created_at),
        "updated_at": stamp(run.finished_at),
    }
    return {"action": "completed", "check_suite": suite} | envelope(run.repository, run.actor)


def _status(status: Status) -> Body:
    commit = status.commit
    at = status.at.strftime("%Y-%m-%dT%H:%M:%S+00:00")  # the one event whose times GitHub writes this way
    url = f"{repository_url(status.repository)}/commit/{commit.sha}"
    body: Body = {
        "id": status.id,
        "sha": commit.sha,
        "name": status.repository.full_name,
        "target_url": None,
        "context": status.gate,
        "description": None,
        "state": status.state,
        "commit": {"sha": commit.sha, "html_url": url, "author": account(commit.author), "parents": []},
        "branches": [{"name": status.branch, "commit": {"sha": commit.sha}, "protected": False}],
        "created_at": at,
        "updated_at": at,
    }
    return body | envelope(status.repository, TIDY_BOT)
