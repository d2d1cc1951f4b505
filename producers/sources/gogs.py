"""Gogs' webhooks, whose payloads Gitea's came from. https://gogs.io/docs/features/webhook"""

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.sources.gitea.mappings import IGNORED, OF_GOGS
from producers.sources.gitea.personal import PERSONAL
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="gogs",
    title="Gogs",
    page="https://gogs.io/docs/features/webhook",
    setup="""\
Repository or organization, Settings, Webhooks, Add a new webhook, Gogs.
Payload URL: {url}. Content type: application/json. Secret: the one of `sources.gogs` in pipegauge.yaml.
I need everything.""",
    naming=EventHeader("X-Gogs-Event"),
    proof=Hmac("X-Gogs-Signature"),
    mappings=OF_GOGS,
    ignored=because(IGNORED),
    personal=PERSONAL,
)
