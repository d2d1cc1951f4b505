"""CircleCI's outbound webhooks. https://circleci.com/docs/guides/integration/outbound-webhooks/"""

from producers.naming import EventField
from producers.proof import Hmac
from producers.sources.circleci import runs
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="circleci",
    title="CircleCI",
    page="https://circleci.com/docs/guides/integration/outbound-webhooks/",
    setup="""\
Project Settings, Webhooks, Add Webhook; once for each project. URL: {url}.
Secret token: the one of `sources.circleci` in pipegauge.yaml. Events: workflow-completed and job-completed.""",
    naming=EventField("type"),
    proof=Hmac("circleci-signature", "v1=", several=True),
    mappings={"workflow-completed": runs.workflow, "job-completed": runs.job},
    ignored=because({"life of the webhook": ["ping"]}),
    personal=(
        "**.commit_author_name",
        "**.commit_author_email",
        "**.user_id",
        "**.user_name",
        "**.user_username",
        "**.user_avatar",
        "**.author_login",
        "**.author_avatar_url",
        "**.author.name",
        "**.committer.name",
        "**.email",
    ),
)
