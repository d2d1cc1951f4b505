"""Jenkins, by the plugin that the controller has: Notification or Generic Event.

The CDEvents plugin is not heard: what its HTTP sink sends is the text of a Java object, and no JSON.
"""

from producers.naming import EventField, FirstField
from producers.proof import Credential
from producers.sources.jenkins import generic_event, notification
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="jenkins",
    title="Jenkins",
    page="https://plugins.jenkins.io/notification/",
    setup="""\
With the Notification plugin: the job, Configure, Job Notifications, Add Endpoint. Format: JSON. Protocol: HTTP. \
Event: All Events. URL: {url}/SECRET, SECRET being the one of `sources.jenkins` in pipegauge.yaml.
With the Generic Event plugin, for all jobs: Manage Jenkins, System, Event Dispatcher. Event Receiver: the same address.
Use one of them: the Notification plugin also tells how long a build waited, the other one who started it.""",
    naming=FirstField((EventField("type"), EventField("build.phase"))),
    proof=Credential(),
    mappings={
        **dict.fromkeys(("QUEUED", "STARTED", "COMPLETED", "FINALIZED"), notification.build),
        "run.started": generic_event.started,
        "run.completed": generic_event.finished,
        "run.finalized": generic_event.finished,
    },
    ignored=because(
        {
            "a message that a build's own script sends at any time": ["NONE"],
            "run.started follows at once and says more": ["run.initialize"],
            "what was run stays true when its record is deleted": ["run.deleted"],
            "settings of jobs": ["item.created", "item.updated", "item.deleted", "item.locationChanged"],
        }
    ),
    personal=(
        "**.culprits",
        "**.culprits.fullName",
        "**.culprits.absoluteUrl",
        "**.author.fullName",
        "**.author.absoluteUrl",
        "**.authorEmail",
        "**.userId",
        "**.userName",
        "**.causes.shortDescription",
    ),
)
