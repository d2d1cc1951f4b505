"""Buildkite's webhooks. https://buildkite.com/docs/apis/webhooks/pipelines"""

from producers.naming import EventField
from producers.proof import FirstPresent, Token
from producers.sources.buildkite import builds, jobs
from producers.sources.buildkite.signature import HEADER, TimedSignature
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="buildkite",
    title="Buildkite",
    page="https://buildkite.com/docs/apis/webhooks/pipelines",
    setup="""\
Organisation settings, Notification Services, Add: Webhook. Webhook URL: {url}.
Copy its Token to `sources.buildkite` in pipegauge.yaml; choose to send it as X-Buildkite-Signature.
Events: build.scheduled, build.running, build.finished, build.skipped, and all of jobs.""",
    naming=EventField("event"),
    proof=FirstPresent(((HEADER, TimedSignature()), ("X-Buildkite-Token", Token("X-Buildkite-Token")))),
    mappings={
        **dict.fromkeys(("build.scheduled", "build.running", "build.finished", "build.skipped"), builds.build),
        **dict.fromkeys(("job.scheduled", "job.started", "job.finished"), jobs.job),
        "job.activated": jobs.activated,
    },
    ignored=because(
        {
            "life of the webhook": ["ping"],
            "it still runs: build.finished and job.finished tell how it ends": [
                "build.failing",
                "job.promised_exit_status",
            ],
            "an example of the documentation: the event is build.running": ["build.started"],
            "machines, not what runs on them": [
                "agent.connected",
                "agent.lost",
                "agent.disconnected",
                "agent.stopping",
                "agent.stopped",
                "agent.blocked",
                "cluster_token.registration_blocked",
            ],
        }
    ),
    personal=(
        "**.email",
        "**.avatar_url",
        "**.username",
        "**.author",
        "**.author.name",
        "**.creator.name",
        "**.created_by.name",
        "**.sender.name",
        "**.retried_by.name",
        "**.unblocked_by.name",
        "**.BUILDKITE_BUILD_AUTHOR",
        "**.BUILDKITE_BUILD_AUTHOR_EMAIL",
        "**.BUILDKITE_BUILD_CREATOR",
        "**.BUILDKITE_BUILD_CREATOR_EMAIL",
        "**.BUILDKITE_UNBLOCKER",
        "**.BUILDKITE_UNBLOCKER_EMAIL",
    ),
)
