"""GitHub's webhooks. https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

from collections.abc import Callable, Mapping

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.sources.github import approvals, artifacts, changes, deployments, findings, gates, pushes, runs, tickets
from producers.sources.github.context import Context, with_repository
from producers.sources.github.ignored import IGNORED
from producers.sources.github.personal import PERSONAL
from producers.vendor import Told, Vendor
from schemas.events import Event

_MAPPINGS: Mapping[str, Callable[[Context], list[Event]]] = {
    "push": pushes.push,
    "pull_request": changes.pull_request,
    "pull_request_review": changes.review,
    "pull_request_review_comment": changes.review_comment,
    "issue_comment": changes.issue_comment,
    "workflow_run": runs.workflow_run,
    "workflow_job": runs.workflow_job,
    "check_run": gates.check_run,
    "status": gates.status,
    "deployment": deployments.deployment,
    "deployment_status": deployments.deployment_status,
    "deployment_review": approvals.deployment_review,
    "deployment_protection_rule": approvals.protection_rule,
    "merge_group": approvals.merge_group,
    "release": artifacts.release,
    "issues": tickets.issue,
    "code_scanning_alert": findings.code_scanning_alert,
    "dependabot_alert": findings.dependabot_alert,
    "repository_vulnerability_alert": findings.vulnerability_alert,
    "secret_scanning_alert": findings.secret_scanning_alert,
}
# What may belong to no repository.
_PACKAGES: Mapping[str, Callable[[Told], list[Event]]] = {
    "package": artifacts.package,
    "registry_package": artifacts.package,
}


SOURCE = Vendor(
    name="github",
    title="GitHub",
    page="https://docs.github.com/en/webhooks/webhook-events-and-payloads",
    setup="""\
Repository or organisation, Settings, Webhooks, Add webhook.
Payload URL: {url}. Content type: application/json. Secret: the one of `sources.github` in pipegauge.yaml.
Let me select individual events: all that are handled here, or send everything.""",
    naming=EventHeader("X-GitHub-Event"),
    proof=Hmac("X-Hub-Signature-256", "sha256="),
    mappings={**{name: with_repository(mapping) for name, mapping in _MAPPINGS.items()}, **_PACKAGES},
    ignored=IGNORED,
    personal=PERSONAL,
)
