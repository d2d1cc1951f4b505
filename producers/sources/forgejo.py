"""Forgejo's webhooks, whose payloads are Gitea's but for those of its runs. https://forgejo.org/docs/latest/user/webhooks"""

from collections.abc import Mapping

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.references import tickets_in
from producers.sources.gitea.context import Context, actor_of, time_of
from producers.sources.gitea.mappings import IGNORED, OF_FORGEJO
from producers.sources.gitea.personal import PERSONAL
from producers.vendor import Told, Vendor, because
from schemas.events import Event, Links, Outcome, RunUpdated

_OUTCOMES: Mapping[str, Outcome] = {
    "success": "success",
    "failure": "failure",
    "cancelled": "cancelled",
    "skipped": "skipped",
}
_CHANGE = "#"  # what a run for a pull request tells in the place of a branch, its number behind it


def _run(told: Told) -> list[Event]:
    """A run that ended. A rerun keeps its number and tells no attempt: it is one execution that ended again."""
    run = told.payload.part("run")
    context = Context(told, run.part("repository"))
    outcome, at = _OUTCOMES.get(run.text("status")), time_of(run, "stopped", "updated")
    if outcome is None:
        raise run.unfit("status", "the status of a run that ended")
    if at is None:
        raise run.unfit("stopped", "a time that is set")
    id_, sha, reference = run.id("id"), run.text("commit_sha"), run.optional_text("prettyref") or ""
    change = reference.removeprefix(_CHANGE) if reference.startswith(_CHANGE) else None
    branch = reference if change is None and reference else None
    return [
        RunUpdated(
            **context.frame("RunUpdated", id_, "finished", at, 1),
            actor=actor_of(run.optional_part("trigger_user")),
            url=run.optional_text("html_url"),
            links=Links(tickets=tickets_in(branch, run.optional_text("title")), sha=sha, change=change, run=id_),
            run=id_,
            attempt=1,
            pipeline=run.text("workflow_id"),
            state="finished",
            outcome=outcome,
            branch=branch,
            queued_at=time_of(run, "created"),
            started_at=time_of(run, "started"),
            finished_at=at,
        )
    ]


SOURCE = Vendor(
    name="forgejo",
    title="Forgejo",
    page="https://forgejo.org/docs/latest/user/webhooks",
    setup="""\
Repository, organization or site administration, Settings, Webhooks, Add webhook, Forgejo.
Target URL: {url}. Content type: application/json. Secret: the one of `sources.forgejo` in pipegauge.yaml.
Trigger on all events.""",
    naming=EventHeader("X-Forgejo-Event"),
    proof=Hmac("X-Forgejo-Signature"),
    mappings={**OF_FORGEJO, "action_run_success": _run, "action_run_failure": _run},
    ignored=because(
        {
            **IGNORED,
            "the run's success says it too": {"action_run_recover"},
            "jobs whose payload is documented nowhere": {
                "workflow_job_blocked",
                "workflow_job_cancelled",
                "workflow_job_failure",
                "workflow_job_running",
                "workflow_job_skipped",
                "workflow_job_success",
                "workflow_job_waiting",
            },
            "talk that moves no change": {"wiki"},
            "settings and rights": {"repository"},
        }
    ),
    personal=PERSONAL,
)
