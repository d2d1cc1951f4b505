"""Azure DevOps' service hooks. https://learn.microsoft.com/azure/devops/service-hooks/events"""

from collections.abc import Callable, Mapping

from producers.naming import EventField
from producers.proof import Credential
from producers.sources.azure_devops import approvals, builds, changes, findings, pushes, releases, runs, tickets
from producers.sources.azure_devops.context import Context, with_resource
from producers.sources.azure_devops.ignored import IGNORED
from producers.sources.azure_devops.personal import PERSONAL
from producers.vendor import Vendor
from schemas.events import Event

_MAPPINGS: Mapping[str, Callable[[Context], list[Event]]] = {
    "git.push": pushes.push,
    "git.pullrequest.created": changes.created,
    "git.pullrequest.updated": changes.updated,
    "git.pullrequest.merged": changes.merged,
    "ms.vss-code.git-pullrequest-comment-event": changes.commented,
    "build.complete": builds.build,
    "ms.vss-pipelines.run-state-changed-event": runs.run_state,
    "ms.vss-pipelines.stage-state-changed-event": runs.stage_state,
    "ms.vss-pipelines.job-state-changed-event": runs.job_state,
    "ms.vss-release.deployment-started-event": releases.deployment_started,
    "ms.vss-release.deployment-completed-event": releases.deployment_completed,
    "ms.vss-release.deployment-approval-pending-event": approvals.approval,
    "ms.vss-release.deployment-approval-completed-event": approvals.approval,
    "ms.vss-alerts.alert-created-event": findings.alert,
    "ms.vss-alerts.alert-state-changed-event": findings.alert,
    "ms.vss-alerts.alert-updated-event": findings.alert,
    "workitem.created": tickets.created,
    "workitem.updated": tickets.updated,
    "workitem.deleted": tickets.deleted,
    "workitem.restored": tickets.restored,
}


SOURCE = Vendor(
    name="azure-devops",
    title="Azure DevOps",
    page="https://learn.microsoft.com/azure/devops/service-hooks/events",
    setup="""\
Project, Project settings, Service hooks, Create subscription, Web Hooks: one for each event that is heard.
URL: {url}. Basic authentication password: the secret of `sources.azure-devops` in pipegauge.yaml; any user name.
Resource details to send: All. Resource version: the newest. Messages to send: None is enough.""",
    naming=EventField("eventType"),
    proof=Credential(),
    mappings={name: with_resource(mapping) for name, mapping in _MAPPINGS.items()},
    ignored=IGNORED,
    personal=PERSONAL,
)
