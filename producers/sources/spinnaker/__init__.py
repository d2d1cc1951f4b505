"""Spinnaker's Echo, by its REST endpoints. https://spinnaker.io/docs/setup/other_config/features/notifications/

What Orca tells Echo is documented by the code that tells it:
https://github.com/spinnaker/orca/tree/master/orca-echo/src/main/groovy/com/netflix/spinnaker/orca/echo/spring
"""

from producers.naming import EventField
from producers.proof import Credential
from producers.sources.spinnaker.executions import pipeline
from producers.sources.spinnaker.stages import stage
from producers.sources.spinnaker.types import OrcaType
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="spinnaker",
    title="Spinnaker",
    page="https://spinnaker.io/docs/setup/other_config/features/notifications/",
    setup="""\
In echo-local.yml, `rest.enabled: true` and an entry of `rest.endpoints`: `url: {url}`, `username: pipegauge`, \
`password: SECRET`, `wrap: false`.
In orca-local.yml, `echo.events.ignoreTaskEvents: true` spares the events of tasks, which nothing is read from.
SECRET is the one of `sources.spinnaker` in pipegauge.yaml.
Echo's notifications of the type CDEvents go to the source `cdevents` instead; not both.""",
    naming=OrcaType(EventField("details.type")),
    proof=Credential(),
    mappings={
        "pipeline.starting": pipeline,
        "pipeline.complete": pipeline,
        "pipeline.failed": pipeline,
        "stage.starting": stage,
        "stage.complete": stage,
        "stage.failed": stage,
    },
    ignored=because(
        {
            "a task is part of a stage": ("task.starting", "task.complete", "task.failed"),
            "an orchestration is told by its stages": (
                "orchestration.starting",
                "orchestration.complete",
                "orchestration.failed",
            ),
            "what did not run has no time": ("stage.skipped",),
            "what triggers a pipeline is told by its own tool": (
                *("artifactory", "build", "cdevents", "docker", "git", "googlecloudbuild", "helm", "manual", "nexus"),
                *("plugin", "pubsub", "webhook"),
            ),
        }
    ),
    personal=("**.user", "**.canceledBy", "**.lastModifiedBy"),
)
