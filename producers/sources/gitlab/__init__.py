"""GitLab's webhooks of projects and groups, and its system hooks.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from producers.proof import FirstPresent, StandardWebhook, Token
from producers.sources.gitlab import changes, deployments, findings, jobs, pipelines, pushes, releases, reviews, tickets
from producers.sources.gitlab.ignored import IGNORED
from producers.sources.gitlab.kinds import KindOrHook
from producers.sources.gitlab.personal import PERSONAL
from producers.vendor import Vendor

_TOKEN = "X-Gitlab-Token"

SOURCE = Vendor(
    name="gitlab",
    title="GitLab",
    page="https://docs.gitlab.com/user/project/integrations/webhook_events/",
    setup="""\
Project or group, Settings, Webhooks, Add new webhook; on your own GitLab also Admin, System hooks.
URL: {url}. Signing token (whsec_…), or in older versions Secret token: the one of `sources.gitlab` in pipegauge.yaml.
Trigger: push, tag push, comments, issues, merge requests, jobs, pipelines, deployments, releases, vulnerabilities.""",
    naming=KindOrHook(),
    proof=FirstPresent((("webhook-signature", StandardWebhook()), (_TOKEN, Token(_TOKEN)))),
    mappings={
        "push": pushes.push,
        "tag_push": pushes.tag_push,
        "merge_request": changes.merge_request,
        "note": reviews.note,
        "pipeline": pipelines.pipeline,
        "build": jobs.job,
        "deployment": deployments.deployment,
        "release": releases.release,
        "issue": tickets.issue,
        "work_item": tickets.issue,
        "vulnerability": findings.vulnerability,
    },
    ignored=IGNORED,
    personal=PERSONAL,
)
