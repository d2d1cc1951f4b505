"""What a deployment or merge has to pass beside checks: reviews, rules of environments, the merge queue. Pure."""

import re
from collections.abc import Mapping

from producers.payload import Payload
from producers.references import tickets_in
from producers.sources.github.context import Context, actor_of, only_change
from schemas.events import Event, GateEvaluated, GateOutcome, Links

_REVIEWS: Mapping[str, GateOutcome] = {"requested": "pending", "approved": "passed", "rejected": "failed"}
# One that leaves the queue unmerged did not pass it; one that another took along may come again.
_ENDS_OF_A_GROUP: Mapping[str, GateOutcome] = {"merged": "passed", "dequeued": "failed", "invalidated": "cancelled"}
_QUEUED = re.compile(r"/pr-(\d{1,18})-[0-9a-f]+\Z", re.ASCII)


def deployment_review(context: Context) -> list[Event]:
    """The people who may deploy to an environment were asked, or said yes or no: one gate each environment.

    A verdict has no time of its own: that of the run's last update stands in.
    """
    run, action = context.payload.part("workflow_run"), context.payload.text("action")
    outcome = _REVIEWS.get(action)
    if outcome is None:
        raise context.payload.unfit("action", "an action that we know")
    asked_at = context.payload.moment("since")
    at = asked_at if outcome == "pending" else run.moment("updated_at")
    id_, sha, branch = run.id("id"), run.text("head_sha"), run.optional_text("head_branch")
    attempt = run.number("run_attempt", default=1)
    actor = context.payload.optional_part("requestor" if outcome == "pending" else "approver")
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", evaluation, action, at, attempt),
            actor=actor_of(actor or context.payload.optional_part("sender")),
            url=run.optional_text("html_url"),
            links=Links(
                tickets=tickets_in(branch, run.optional_text("display_title")),
                sha=sha,
                change=only_change(run),
                run=id_,
            ),
            gate=f"approval of {environment}",
            evaluation=f"{evaluation}/{attempt}",
            outcome=outcome,
            sha=sha,
            started_at=asked_at,
            finished_at=None if outcome == "pending" else at,
        )
        for environment in _environments(context.payload)
        for evaluation in (f"approval/{id_}/{environment}",)
    ]


def protection_rule(context: Context) -> list[Event]:
    """An app was asked whether a deployment may go on; what it says shows in the deployment's statuses."""
    found = context.payload.part("deployment")
    environment = context.payload.optional_text("environment") or found.text("environment")
    id_, sha, at = found.id("id"), found.text("sha"), found.moment("created_at")
    changes = [change.id("number") for change in context.payload.parts("pull_requests")]
    return [
        GateEvaluated(
            **context.frame("GateEvaluated", f"rule/{id_}", "requested", at),
            actor=actor_of(context.payload.optional_part("sender")),
            links=Links(
                tickets=tickets_in(found.optional_text("ref")),
                sha=sha,
                change=changes[0] if len(changes) == 1 else None,
                deployment=id_,
            ),
            gate=f"protection rule of {environment}",
            evaluation=f"rule/{id_}",
            outcome="pending",
            sha=sha,
            started_at=at,
        )
    ]


def merge_group(context: Context) -> list[Event]:
    """A change entered the merge queue, or left it. When it left is not told."""
    group, action = context.payload.part("merge_group"), context.payload.text("action")
    sha, reference = group.text("head_sha"), group.text("head_ref")
    began_at = group.part("head_commit").moment("timestamp")
    if action == "checks_requested":
        outcome: GateOutcome | None = "pending"
        frame = context.frame("GateEvaluated", f"queue/{sha}", action, began_at)
    elif action == "destroyed":
        reason = context.payload.text("reason")
        outcome = _ENDS_OF_A_GROUP.get(reason)
        frame = context.frame("GateEvaluated", f"queue/{sha}", reason, None)
    else:
        raise context.payload.unfit("action", "an action that we know")
    if outcome is None:
        raise context.payload.unfit("reason", "a reason that we know")
    change = _QUEUED.search(reference)
    return [
        GateEvaluated(
            **frame,
            actor=actor_of(context.payload.optional_part("sender")),
            links=Links(sha=sha, change=change[1] if change else None),
            gate="merge queue",
            evaluation=f"queue/{sha}",
            outcome=outcome,
            sha=sha,
            started_at=began_at,
            finished_at=None if outcome == "pending" else context.told.received_at,
        )
    ]


def _environments(payload: Payload) -> list[str]:
    """The environments that a review is about: those of the jobs that wait for it."""
    jobs = [payload.optional_part("workflow_job_run"), *payload.parts("workflow_job_runs")]
    told = [payload.optional_text("environment"), *(job.optional_text("environment") for job in jobs if job)]
    found = list(dict.fromkeys(environment for environment in told if environment))
    return found or [payload.text("environment")]
