"""How Jenkins' Notification plugin tells builds: a job for each branch of the multibranch pipeline."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from deploy.demo.chance import identifier
from deploy.demo.moments import Body, Moment
from deploy.demo.story import Run
from deploy.demo.warehouse.company import GITLAB, JENKINS

_STATUSES = {"success": "SUCCESS", "failure": "FAILURE", "cancelled": "ABORTED", "timed_out": "ABORTED"}
_CLEANED_UP = timedelta(seconds=1)


def build_number(run: Run) -> int:
    """The number of the build that an attempt is: Jenkins knows no attempts."""
    return identifier("jenkins", run.id, run.attempt) % 100_000


def run_moments(run: Run, branch: str) -> Iterator[Moment]:
    """The deliveries of a build of `branch`, one after each of its phases."""
    phases = (
        ("QUEUED", run.started_at),
        ("STARTED", run.started_at),
        ("COMPLETED", run.finished_at),
        ("FINALIZED", run.finished_at + _CLEANED_UP),
    )
    for phase, at in phases:
        key = ("jenkins", run.repository.full_name, run.id, run.attempt, phase)
        yield Moment(at, phase, key, partial(_build, run, branch, phase, at), "jenkins")


def _build(run: Run, branch: str, phase: str, at: datetime) -> Body:
    number, ended = build_number(run), phase in ("COMPLETED", "FINALIZED")
    job = quote(branch, safe="")
    path = f"job/{run.repository.name}/job/{job}/"
    build: Body = {
        "full_url": f"{JENKINS}/{path}{number}/",
        "number": number,
        "queue_id": number,
        "timestamp": round(at.timestamp() * 1_000),
        "duration": (run.finished_at - run.started_at) // timedelta(milliseconds=1) if ended else 0,
        "phase": phase,
        "url": f"{path}{number}/",
        "scm": {
            "url": f"{GITLAB}/{run.repository.full_name}.git",
            "branch": branch,
            "commit": run.sha,
            "changes": [],
            "culprits": [],
        },
        "log": "",
        "notes": "",
        "artifacts": {},
    }
    if ended:
        build["status"] = _STATUSES[run.conclusion]
        build["test_summary"] = _tests(run)
    return {"name": job, "display_name": job, "url": path, "build": build}


def _tests(run: Run) -> Body:
    total = 400 + identifier("tests", run.repository.full_name) % 60
    failed = 1 + run.id % 4 if run.conclusion == "failure" else 0
    return {"total": total, "failed": failed, "passed": total - failed, "skipped": 0, "failed_tests": []}
