"""Drone's system webhooks. https://docs.drone.io/webhooks/overview/"""

from producers.naming import EventHeader
from producers.sources.drone.builds import build
from producers.sources.drone.signature import HttpSignature
from producers.vendor import Vendor, because

SOURCE = Vendor(
    name="drone",
    title="Drone",
    page="https://docs.drone.io/webhooks/overview/",
    setup="""\
In the server's environment, DRONE_WEBHOOK_ENDPOINT={url} and DRONE_WEBHOOK_SECRET the secret of `sources.drone` in \
pipegauge.yaml; DRONE_WEBHOOK_EVENTS=build:* sends builds only.""",
    naming=EventHeader("X-Drone-Event"),
    proof=HttpSignature(),
    mappings={"build": build},
    ignored=because({"settings and rights": ["repo", "user"]}),
    personal=(
        "**.login",
        "**.email",
        "**.avatar_url",
        "**.author_login",
        "**.author_name",
        "**.author_email",
        "**.author_avatar",
        "**.sender",
    ),
)
