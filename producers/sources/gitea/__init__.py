"""Gitea's webhooks. https://docs.gitea.com/usage/webhooks"""

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.sources.gitea.mappings import IGNORED, OF_GITEA
from producers.sources.gitea.personal import PERSONAL
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="gitea",
    title="Gitea",
    page="https://docs.gitea.com/usage/webhooks",
    setup="""\
Repository, organization or site administration, Settings, Webhooks, Add webhook, Gitea.
Target URL: {url}. Content type: application/json. Secret: the one of `sources.gitea` in pipegauge.yaml.
Trigger on all events.""",
    naming=EventHeader("X-Gitea-Event"),
    proof=Hmac("X-Gitea-Signature"),
    mappings=OF_GITEA,
    ignored=because({**IGNORED, "talk that moves no change": {"wiki"}, "settings and rights": {"repository"}}),
    personal=PERSONAL,
)
