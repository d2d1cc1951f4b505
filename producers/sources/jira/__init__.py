"""Jira's webhooks, of Cloud and Data Center. https://developer.atlassian.com/cloud/jira/platform/webhooks/"""

from producers.naming import EventField
from producers.proof import Credential, FirstPresent, Hmac
from producers.sources.jira import issues
from producers.sources.jira.ignored import IGNORED
from producers.sources.jira.personal import PERSONAL
from producers.vendor import Vendor

SOURCE = Vendor(
    name="jira",
    title="Jira",
    page="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    setup="""\
Settings, System, WebHooks, Create a WebHook.
URL: {url}. Cloud: Secret: the one of `sources.jira` in pipegauge.yaml. Data Center: append / and the secret to the URL.
Issue: created, updated, deleted. Nothing else is needed.""",
    naming=EventField("webhookEvent"),
    proof=FirstPresent(
        (("X-Hub-Signature", Hmac("X-Hub-Signature", "sha256=")), ("Authorization", Credential())),
    ),
    mappings={
        "jira:issue_created": issues.created,
        "jira:issue_updated": issues.updated,
        "jira:issue_deleted": issues.deleted,
    },
    ignored=IGNORED,
    personal=PERSONAL,
)
